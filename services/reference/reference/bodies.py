"""Request bodies: read within a limit, and checked."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request

from reference.problems import Problem

# An escaped NUL, which PostgreSQL cannot keep; not an escaped backslash before "u0000".
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_MEDIA_TYPES = ("application/json", "")


async def read_object(request: Request, max_bytes: int) -> dict[str, Any]:
    """The request's JSON object.

    Raises Problem: 413 too large, 415 another media type, 400 not JSON, 422 not an object.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise Problem(415, "The body's type is not known here. Send application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large(max_bytes)
    try:
        content = json.loads(bytes(body), parse_constant=_refuse)
        # What JSON can write but text cannot hold: a lone surrogate, a number out of range.
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as e:
        raise Problem(400, "The body is not valid JSON. Send an object in UTF-8.") from e
    if not isinstance(content, dict):
        raise Problem(422, 'The body is not a JSON object. Send one such as {"name": "x"}.')
    return content


def record(content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and data of a new record. Raises Problem (422) that names the field."""
    unknown = sorted(set(content) - {"name", "data"})
    if unknown:
        raise Problem(422, f"{unknown[0][:80]!r}: unknown field. Send name and data.")
    name, data = content.get("name"), content.get("data", {})
    if not isinstance(name, str) or not 1 <= len(name) <= 200:
        raise Problem(422, "name: missing or not allowed. Send a text of 1 to 200 characters.")
    if not isinstance(data, dict):
        raise Problem(422, "data: not an object. Send a JSON object, or leave it out.")
    if _NUL.search(json.dumps(content)):
        raise Problem(422, "name, data: hold a NUL character. Send text without it.")
    return name, data


def too_large(max_bytes: int) -> Problem:
    """The answer to a body over the limit."""
    # The rest of the body is not read, so the connection cannot carry another request.
    close = {"Connection": "close"}
    return Problem(413, f"The body is larger than {max_bytes} bytes. Send less.", close)


def _refuse(constant: str) -> None:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)
