"""Refuses requests that bring a card's number, before anything of them is kept or logged.

Cards are entered at the payment provider, which gives a token for them (PCI DSS, SAQ A). A number
that comes here all the same must not be worked with in any way.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from reference.cards import holds_card_number
from reference.problems import Problem


def check_head(request: Request) -> None:
    """Raise Problem (422) where path, query or idempotency key seem to hold a card's number."""
    _check(request.url.path)
    for name, value in request.query_params.multi_items():
        _check(f"{name}={value}")
    _check(request.headers.get("idempotency-key", ""))


def check_body(body: bytes | bytearray) -> None:
    """Raise Problem (422) where the body seems to hold a card's number, escaped or not."""
    _check(body.decode("utf-8", "replace"))
    try:
        decoded = msgspec.json.decode(body)
        plain = msgspec.json.encode(decoded).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return  # not JSON, which is refused next
    _check(plain)


def _check(text: str) -> None:
    if holds_card_number(text):
        detail = "The request seems to hold a card's number. Send the provider's token for it."
        raise Problem(422, detail)
