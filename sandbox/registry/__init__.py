"""The sandbox's image registry: what a container engine pushes to and pulls from, kept on disk.

It speaks the OCI distribution API (push, pull, content discovery and management) without
authentication, on loopback only.
"""
