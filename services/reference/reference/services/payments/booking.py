"""To take a place in a session, and to give it up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta
from msgspec.structs import replace

from reference.documents import TakenError
from reference.domain import bookings as rules
from reference.domain.bookings import NotAllowedError, Step
from reference.erasure import GATEWAY
from reference.found import changed, found, own
from reference.lenient import Lenient
from reference.notices import Notice, notify
from reference.operations import Access, Answer, Call
from reference.problems import Problem
from reference.service import Service
from reference.services.payments.offered import operations
from reference.services.payments.records import Booking, FullError, bookings
from reference.values import Cents, Input, Moment, Page, Record


class NewBooking(Input, frozen=True):
    """A place to take. What a session costs is the gateway's word, never the user's."""

    user: UUID
    session: UUID
    host: UUID
    starts_at: Moment
    price_cents: Cents
    places: Annotated[int, Meta(ge=1, le=100)]


@operations.post("/v1/bookings", access=Access.SERVICE)
async def book(call: Call, body: NewBooking) -> Answer[Record[Booking]]:
    """Take a place in a session for a user, to be paid within half an hour."""
    if call.user != GATEWAY:
        raise Problem(403, f"Only {GATEWAY} books, as it asks what a session costs. Ask it.")
    now = datetime.now(UTC)
    if body.starts_at <= now:
        raise Problem(409, "The session has begun. Choose one that is to come.")
    if body.user == body.host:
        raise Problem(409, "The session is the user's own. Choose another's.")
    state = rules.first_state(body.price_cents)
    booking = Booking(
        session=body.session,
        host=str(body.host),
        starts_at=body.starts_at,
        price_cents=body.price_cents,
        state=state,
        paid_at=now if state is rules.State.PAID else None,
    )
    try:
        record = await bookings(call.service).book(booking, str(body.user), body.places)
    except TakenError as e:
        raise Problem(409, "The user has booked this session already. Look at that.") from e
    except FullError as e:
        raise Problem(409, "All places of the session are taken. Choose another.") from e
    return Answer(record, {"Location": f"/v1/bookings/{record.id}"})


@operations.get("/v1/bookings", access=Access.USER)
async def own_bookings(call: Call, query: Page) -> list[Record[Booking]]:
    """Give the user's bookings, the newest first."""
    return await bookings(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.get("/v1/hosted", access=Access.USER)
async def hosted(call: Call, query: Page) -> list[Record[Booking]]:
    """Give the bookings of the user's own sessions, the newest first."""
    return await bookings(call.service).newest(
        query.limit, where={"host": call.user}, before=query.before
    )


@operations.get("/v1/bookings/{booking}", access=Access.USER)
async def show(call: Call, booking: UUID) -> Record[Booking]:
    """Give a booking, to its user or its host."""
    return _shared(found(await bookings(call.service).get(booking)), call)


@operations.post(
    "/v1/bookings/{booking}/cancellation", access=Access.USER, status=200, audited=True
)
async def call_off(call: Call, booking: UUID) -> Answer[Record[Booking]]:
    """Call a booking off: as its user, or as its host, who always gives the money back."""
    record = _shared(found(await bookings(call.service).get(booking)), call)
    by_host = record.data.host == call.user
    now = datetime.now(UTC)
    if record.data.starts_at <= now:
        raise Problem(409, "The session has begun, so it is too late. Write to support.")
    step = rules.ending(record.data.state, record.data.starts_at, now, by_host=by_host)
    ended = await end(call.service, record, step, "host" if by_host else "user")
    lenient = Lenient()
    other = ended.owner if by_host else ended.data.host
    if other is not None:
        notice = Notice(other, "push", "Called off", "A booking was called off. Look at it.")
        await lenient.ask(notify(call.service, notice, key=f"called-off:{ended.id}"))
    return Answer(ended, lenient.headers)


@operations.put("/v1/bookings/{booking}/no-show", access=Access.USER, audited=True)
async def say_no_show(call: Call, booking: UUID) -> Record[Booking]:
    """Say, as the host, that the user did not come."""
    record = found(await bookings(call.service).get(booking))
    if record.data.host != call.user:
        raise Problem(404, "There is nothing of this id.")
    if record.data.starts_at > datetime.now(UTC) or record.data.state is not rules.State.PAID:
        raise Problem(
            409, "The session has not begun, or the booking is off. Wait for the session."
        )
    if record.data.settled:
        raise Problem(409, "What became of the booking is settled. Write to support.")
    after = replace(record.data, no_show=True)
    return changed(await bookings(call.service).change(record, after))


async def end(service: Service, record: Record[Booking], step: Step, by: str) -> Record[Booking]:
    """End a booking, whose place is free from then on. by: "user", "host" or "time".

    Raises Problem (409): it has ended already, or is changed in this moment.
    """
    try:
        state = rules.after(record.data.state, step)
    except NotAllowedError as e:
        raise Problem(409, str(e)) from e
    ended = replace(record.data, state=state, called_off_at=datetime.now(UTC), called_off_by=by)
    return changed(await bookings(service).change(record, ended, free_key=True))


def _shared(record: Record[Booking], call: Call) -> Record[Booking]:
    return record if record.data.host == call.user else own(record, call)
