"""To book a session: a place and its payment, and the entry in the user's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from reference.domain.bookings import outcomes
from reference.found import adult
from reference.lenient import Lenient
from reference.operations import Access, Answer, Call
from reference.peers import as_caller, as_itself
from reference.problems import Problem
from reference.services.api.offered import operations
from reference.services.discovery import Session
from reference.services.payments.paying import NewPayment
from reference.services.payments.records import Booking
from reference.values import Input, Key, Record

# What a calendar shows for a session, which has no end of its own.
_LENGTH = timedelta(hours=2)


class Wish(Input, frozen=True):
    """What to book."""

    session: UUID


@operations.post("/v1/bookings", access=Access.USER)
async def book(call: Call, body: Wish) -> Answer[Record[Booking]]:
    """Take a place in a session, to be paid within half an hour."""
    adult(call, "book")
    path = f"/v1/sessions/{body.session}"
    session = await as_caller(call).get("discovery", path, Record[Session])
    if session.owner is None:
        raise Problem(409, "The session has no host any more. Choose another.")
    # In the gateway's name: what a session costs must not be the user's word.
    wanted = {
        "user": call.user,
        "session": session.id,
        "host": session.owner,
        "starts_at": session.data.starts_at,
        "price_cents": session.data.price_cents,
        "places": session.data.places,
    }
    record = await as_itself(call.service).post("payments", "/v1/bookings", Record[Booking], wanted)
    lenient = Lenient()
    event = {"name": "session-booked", "properties": {"activity": session.data.activity}}
    await lenient.ask(as_caller(call).post("analytics", "/v1/events", dict[str, Any], event))
    return Answer(record, {"Location": f"/v1/bookings/{record.id}", **lenient.headers})


@operations.post("/v1/bookings/{booking}/payment", access=Access.USER, status=200, audited=True)
async def pay(call: Call, booking: UUID, body: NewPayment, key: Key) -> Answer[Record[Booking]]:
    """Pay for one's booking, which then is in one's calendar too."""
    peers = as_caller(call)
    path = f"/v1/bookings/{booking}/payment"
    record = await peers.post("payments", path, Record[Booking], body, key=key)
    lenient = Lenient()
    at = f"/v1/sessions/{record.data.session}"
    session = await lenient.ask(peers.get("discovery", at, Record[Session]))
    entry = {
        "title": _title(session.data) if session else "A session",
        "starts_at": record.data.starts_at,
        "ends_at": record.data.starts_at + _LENGTH,
        "about": booking,
    }
    # There is one entry about a booking, so that this may be repeated.
    key = f"booking:{booking}"
    await lenient.ask(peers.post("calendar", "/v1/entries", dict[str, Any], entry, key=key))
    return Answer(record, lenient.headers)


def _title(session: Session) -> str:
    """What the calendar says: not the host's words, which are erased with the host."""
    return f"{session.activity}, {session.spot}".replace("-", " ").capitalize()


@operations.post(
    "/v1/bookings/{booking}/cancellation", access=Access.USER, status=200, audited=True
)
async def call_off(call: Call, booking: UUID) -> Answer[Record[Booking]]:
    """Call a booking off, which then is in nobody's calendar, and counts for reliability."""
    path = f"/v1/bookings/{booking}/cancellation"
    record = await as_caller(call).post("payments", path, Record[Booking])
    lenient = Lenient()
    # In the gateway's name: the other's calendar and score are not the caller's to change.
    own = as_itself(call.service)
    await lenient.ask(own.delete("calendar", f"/v1/about/{booking}", object))
    for user, kind in zip(
        (record.owner, record.data.host), outcomes(record.data.end, datetime.now(UTC)), strict=True
    ):
        if user is not None and kind is not None:
            outcome = {"user": user, "kind": kind, "at": record.data.called_off_at}
            # Where it can't be told now, tonight's task does.
            await lenient.ask(own.put("reliability", f"/v1/outcomes/{booking}", object, outcome))
    return Answer(record, lenient.headers)
