"""The provision pipeline: its form, its tasks and its operators."""
