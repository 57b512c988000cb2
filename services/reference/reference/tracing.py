"""Who asked: request id and W3C trace context (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """One request: its id, and its place in a trace."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str

    def headers(self) -> dict[str, str]:
        """What a call to another service carries, so that both logs show the same ids."""
        return {
            "traceparent": f"00-{self.trace_id}-{self.span_id}-{self.flags}",
            "x-request-id": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a trace that is there already, as ids of W3C trace context."""

    trace_id: str
    span_id: str
    flags: str


current: ContextVar[Trace | None] = ContextVar("trace", default=None)

# In a request's scope: the `Place` of its span, where there is one, the `Trace` made of it, and
# the template of its route.
PLACE = "fieldday.place"
TRACE = "fieldday.trace"
ROUTE = "fieldday.route"


def begin(request_id: str, traceparent: str, place: Place | None = None) -> Trace:
    """The trace of a request by its headers; what is missing or malformed is made anew.

    An id that is not short and plain is not repeated into logs and headers. place: of the
    request's span, whose ids go before those of the headers.
    """
    if place is None:
        trace_id, flags = _parse(traceparent) or (secrets.token_hex(16), "00")
        place = Place(trace_id, new_span_id(), flags)
    return Trace(
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        trace_id=place.trace_id,
        span_id=place.span_id,
        flags=place.flags,
    )


def new_span_id() -> str:
    """16 random hexadecimal digits; never all decimal, as a card number would be."""
    while True:
        span_id = secrets.token_hex(8)
        if not span_id.isdecimal():
            return span_id


def _parse(traceparent: str) -> tuple[str, str] | None:
    matched = _TRACEPARENT.fullmatch(traceparent.strip())
    if matched is None:
        return None
    version, trace_id, parent, flags, more = matched.groups()
    # "ff" is forbidden, version 00 has exactly four fields, and ids of zeros mean "none".
    if version == "ff" or (version == "00" and more):
        return None
    if not trace_id.strip("0") or not parent.strip("0"):
        return None
    # Of a later version's flags only those known to version 00 are passed on.
    return trace_id, flags if version == "00" else f"{int(flags, 16) & 1:02x}"
