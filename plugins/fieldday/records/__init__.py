"""Records of what a pipeline did: stored as JSON in the reports bucket."""
