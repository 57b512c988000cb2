"""What must not be in a log, taken out of any value: card numbers, tokens, passwords in URLs.

What is left is one line of bounded length, so that nothing that somebody sent can pass for a line
of its own or hide what a terminal shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from reference.cards import may_stand_between, redacted

TOKEN_REMOVED = "[token removed]"  # noqa: S105 - what stands in its place
PASSWORD_REMOVED = "[password removed]"  # noqa: S105 - as above

MOST_CHARACTERS = 2_000
_MOST_ITEMS = 20
_DEEPEST = 3
# Below that there is no card number, and no token of ours.
_SHORTEST = 12

# Ends of lines (also Unicode's), other control characters, those that turn the direction of
# writing, and halves of surrogate pairs, which have no UTF-8.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
# Every JSON Web Token begins so: {" in base64url.
_JWT = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,4}")
_PASSWORD = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")


def clean(value: object, most: int = MOST_CHARACTERS, depth: int = 0) -> object:
    """The value as JSON can hold it, without what must not be in a log.

    most: the longest text, in characters. Of a long list or mapping the first 20 items are left.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return text(value, most)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            items = list(value.items())[:_MOST_ITEMS]
            return {text(str(k), most): clean(v, most, depth + 1) for k, v in items}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(item, most, depth + 1) for item in list(value)[:_MOST_ITEMS]]
    try:
        return text(str(value), most)
    except Exception:  # noqa: BLE001 - what cannot say what it is must not lose the line
        return f"({type(value).__name__})"


def text(value: str, most: int = MOST_CHARACTERS) -> str:
    """The text in one line of at most `most` characters, without what must not be in a log."""
    long = len(value) > most
    if long:
        # Before anything is searched, as what somebody sent may be megabytes.
        value = _cut(value, most * 5)
    value = _CONTROL.sub(" ", value)
    if len(value) >= _SHORTEST:
        value = _BEARER.sub(rf"\1 {TOKEN_REMOVED}", value)
        value = _JWT.sub(TOKEN_REMOVED, value)
        value = _PASSWORD.sub(PASSWORD_REMOVED, value)
        value = redacted(value)
    return f"{value[:most]}…" if long else value


def _number(value: float) -> object:
    """A number, or its text where JSON has no such number or it looks like a card's."""
    if isinstance(value, int) and abs(value) >= 2**64:
        return f"(a number of {value.bit_length()} bits)"
    # Not of its own class, as an enumeration's says its name.
    shown = int.__repr__(value) if isinstance(value, int) else float.__repr__(value)
    return value if math.isfinite(value) and text(shown) == shown else text(shown)


def _cut(value: str, most: int) -> str:
    """The beginning of a text, without the digits at its end, which may be part of a number."""
    if len(value) <= most:
        return value
    end = most
    while end and (value[end - 1].isdigit() or may_stand_between(value[end - 1])):
        end -= 1
    return value[:end]
