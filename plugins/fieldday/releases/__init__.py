"""Releases: what is asked for, the steps of a rollout, the gate that analyzes each, the record."""
