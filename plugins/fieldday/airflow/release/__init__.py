"""The release pipeline: its form, its tasks and its operators."""
