"""The nightly check for drift."""
