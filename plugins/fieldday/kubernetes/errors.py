"""What can go wrong with the API server, by the HTTP status of its answer.

FieldDayError
├── Permanent             the request is wrong (other 4xx)
│   ├── ForbiddenError    the account has not the permission (403)
│   └── NotFoundError     the object, or its namespace, is not there (404)
├── Retryable             unreachable, too slow, overloaded, not authenticated (429, 5xx, 401)
└── ConflictError         another one changed the object first, or created it (409)
"""

from __future__ import annotations

import json
from contextlib import suppress

from fieldday.errors import FieldDayError, Permanent, Retryable, quoted


class ConflictError(FieldDayError):
    """Another one changed the object first, or created it."""


class ForbiddenError(Permanent):
    """The account has not the permission."""


class NotFoundError(Permanent):
    """The object, or the namespace that it belongs to, is not there."""


def error_of(action: str, status: int, body: bytes | str | None) -> FieldDayError:
    """The error that an answer of the API server stands for.

    `action` is what was asked for, such as `get Lease 'x' in production`. An answer that is no
    error, but of no use either, is one of a server that is not available.
    """
    said = f"{status} {quoted(_message(body), 250)}"
    if status == 401:
        # A token that expired: the next try reads a new one.
        msg = f"cluster: it answers {said}. Check the credentials of kubernetes_default."
        return Retryable(msg, delay=10)
    if status == 403:
        return ForbiddenError(
            f"cluster: the account of kubernetes_default may not {action} ({said}). Permit it."
        )
    if status == 404:
        msg = f"cluster: cannot {action}, it is not there ({said}). Is the namespace?"
        return NotFoundError(msg)
    if status == 409:
        return ConflictError(f"cluster: cannot {action}, it was changed meanwhile ({said}).")
    if 400 <= status <= 499 and status != 429:
        return Permanent(f"cluster: cannot {action}, it answers {said}. Fix the request.")
    return unreachable(f"it answers {said}")


def unreachable(reason: str | Exception) -> Retryable:
    """The error of an API server that returns no usable answer."""
    text = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else reason
    text = text.replace("\n", " ")[:300]
    return Retryable(f"cluster: is unreachable ({text}). Is it up?", delay=5)


def _message(body: bytes | str | None) -> str:
    """Of a `Status`, as which the API server answers errors, its message; else all of the body."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    with suppress(ValueError):
        status = json.loads(text)
        if isinstance(status, dict) and isinstance(status.get("message"), str):
            return str(status["message"])
    return text
