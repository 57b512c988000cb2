"""What a request brings, read within limits and checked against a type."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from reference.problems import Problem

# An escaped NUL, which PostgreSQL cannot keep; not an escaped backslash before "u0000".
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# Deeper is read but not written: Python's own limit is another for either.
MOST_NESTED = 100
# A text, closed or not, or a bracket.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{}\]]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# msgspec ends its message with the place, such as " - at `$.name`".
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?P<place>[^`]*)`)?", re.DOTALL)


async def body(
    request: Request,
    kind: Any,
    max_bytes: int,
    check: Callable[[bytearray], None] | None = None,
    *,
    form: bool = False,
) -> Any:
    """The request's JSON as `kind`, or its form where that is allowed.

    `check` sees it first, and may raise Problem. Raises Problem: 413 too large, 415 another media
    type, 400 not JSON, 422 another shape or nested too deeply.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (JSON, "") and not (form and media_type == FORM):
        raise Problem(415, "The body's type is not known here. Send application/json.")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > max_bytes:
            raise too_large(max_bytes)
    if media_type != FORM and _is_nested_too_deeply(read):
        raise Problem(422, f"The body is nested more than {MOST_NESTED} deep. Send it flatter.")
    if check is not None:
        check(read)
    if media_type == FORM:
        return values(_form(read), kind, "body")
    if _NUL.search(read):
        raise Problem(422, "The body holds a NUL character. Send text without it.")
    try:
        return msgspec.json.decode(read, type=kind)
    except msgspec.ValidationError as e:
        raise _invalid("body", e) from e
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise Problem(400, "The body is not valid JSON. Send an object in UTF-8.") from e


def values(given: Mapping[str, str | None], kind: Any, what: str) -> Any:
    """Texts of a query or a path as `kind`. Raises Problem (422)."""
    if any("\0" in value for value in given.values() if value):
        raise Problem(422, f"{what}: holds a NUL character. Give text without it.")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as e:
        raise _invalid(what, e) from e


def key(request: Request, kind: Any) -> Any:
    """The header Idempotency-Key as `kind`. Raises Problem (422)."""
    name = "Idempotency-Key"
    return values({name: request.headers.get(name)}, dict[str, kind], "header")[name]


def value(given: str, kind: Any, name: str) -> Any:
    """One parameter of a path as `kind`. Raises Problem (422)."""
    return values({name: given}, dict[str, kind], name)[name]


def _is_nested_too_deeply(content: bytearray) -> bool:
    if content.count(b"[") + content.count(b"{") <= MOST_NESTED:
        return False
    depths = itertools.accumulate(_STEPS.get(token[0], 0) for token in _TOKEN.finditer(content))
    return max(depths, default=0) > MOST_NESTED


def _form(content: bytearray) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            content.decode(), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except ValueError as e:
        raise Problem(400, "The body is not a valid form. Send one in UTF-8.") from e
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(400, "The body has a field twice. Send each once.")
    return found


def too_large(max_bytes: int) -> Problem:
    """The answer to a body over the limit."""
    # The rest of the body is not read, so the connection cannot carry another request.
    close = {"Connection": "close"}
    return Problem(413, f"The body is larger than {max_bytes} bytes. Send less.", close)


def _invalid(what: str, error: msgspec.ValidationError) -> Problem:
    found = _PLACE.fullmatch(str(error))
    problem, place = (found["what"], found["place"]) if found else (str(error), None)
    name = (place or "$").removeprefix("$").lstrip(".")
    where = what if not name or name == "[...]" else name
    return Problem(422, f"{where}: {problem}. Send what /openapi.json asks for.")
