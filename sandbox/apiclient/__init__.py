"""The Kubernetes API for our own programs: async, plain JSON, with watches.

`sandbox.kubernetes` is the alternative: kubectl, for what `up`, the demo and tests do once.
"""
