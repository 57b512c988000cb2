"""Records: one a run of a pipeline, of what was asked for, done, found and decided."""
