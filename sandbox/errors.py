"""Errors of the sandbox, in words for the person who runs it.

    RuntimeError
    └── SandboxError        shown verbatim, without a traceback; exit code 1

A part that cannot be prepared or settled raises RuntimeError with a text of the same form.
"""

from __future__ import annotations

import errno


class SandboxError(RuntimeError):
    """The sandbox cannot continue: "thing: problem. Fix."."""


def words(error: OSError) -> str:
    """`<file>: <problem>. <fix>`, without the file where the system does not name it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        said = "the disk is full. Free some space and run the same command; it resumes from there."
    elif error.errno in (errno.EACCES, errno.EPERM):
        said = "permission denied. Run as the user whom it belongs to."
    else:
        said = f"{error.strerror or error}."
    return f"{error.filename}: {said}" if error.filename else said
