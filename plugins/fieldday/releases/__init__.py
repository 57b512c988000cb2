"""Releases: what is asked for, the steps of a rollout, the gate that judges each, the record."""
