"""The services' rules: pure functions and types, without requests, databases or calls."""
