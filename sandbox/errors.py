"""What can go wrong with the sandbox, in words for the person who runs it.

    RuntimeError
    └── SandboxError        shown as it is, without a traceback; exit code 1

A part that cannot be prepared or settled raises RuntimeError with a text of the same form.
"""

from __future__ import annotations

import errno


class SandboxError(RuntimeError):
    """The sandbox cannot go on: "thing: problem. Mend."."""


def words(error: OSError) -> str:
    """`<file>: <problem>. <mend>`, without the file where the system does not name it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        said = "the disk is full. Make room and run the same again; it goes on from there."
    elif error.errno in (errno.EACCES, errno.EPERM):
        said = "permission denied. Run as the user whom it belongs to."
    else:
        said = f"{error.strerror or error}."
    return f"{error.filename}: {said}" if error.filename else said
