"""The end-to-end tests of the services, and probing a service through the edge."""
