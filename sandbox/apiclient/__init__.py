"""The Kubernetes API as our own programs ask and follow it: async, plain JSON.

`sandbox.kubernetes` is the other way to it: kubectl, for what `up`, the demo and tests do once.
"""
