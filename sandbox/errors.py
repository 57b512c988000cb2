"""What can go wrong with the sandbox, in words for the person who runs it.

    RuntimeError
    └── SandboxError        shown as it is, without a traceback; exit code 1

A part that cannot be prepared or settled raises RuntimeError with a text of the same form.
"""

from __future__ import annotations


class SandboxError(RuntimeError):
    """The sandbox cannot go on: "thing: problem. Mend."."""
