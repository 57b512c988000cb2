"""Who calls: tokens, the keys that sign them, and what a caller may do."""
