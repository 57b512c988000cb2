"""Metrics: read by PromQL, and pushed by what is too short-lived to be scraped."""
