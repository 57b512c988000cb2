"""Locks: who may change a service or an environment now. One policy, two stores."""
