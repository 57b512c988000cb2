"""What happens to bookings as time goes by: unpaid ones end, hosts are paid, outcomes are told."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from reference.domain import bookings as rules
from reference.domain.bookings import State, Step
from reference.domain.scores import OutcomeKind
from reference.erasure import Erased
from reference.found import found
from reference.operations import Access, Call
from reference.problems import Problem
from reference.service import Service
from reference.services.payments.booking import end
from reference.services.payments.offered import operations
from reference.services.payments.records import Booking, Payout, bookings, payments, payouts
from reference.values import Page, Record

_AT_ONCE = 500


class Expired(Struct, frozen=True):
    """How many bookings ended unpaid."""

    bookings: int


class PaidOut(Struct, frozen=True):
    """How much was paid to how many hosts."""

    hosts: int
    cents: int


class UserOutcome(Struct, frozen=True):
    """What became of a booking for one of its two users."""

    user: str
    kind: OutcomeKind
    at: datetime


class Ended(Struct, frozen=True):
    """A booking that has ended, and what that says of its users; of nobody if they are erased."""

    booking: UUID
    outcomes: list[UserOutcome]


@operations.post("/v1/expiries", access=Access.SERVICE | Access.OPERATOR, status=200)
async def expire(call: Call) -> Expired:
    """End the bookings that were not paid in time."""
    count = 0
    for record in await _select(
        call.service,
        'data @> \'{"state": "pending"}\' AND created_at < now() - $1::interval',
        rules.PAYMENT_TIME,
    ):
        if not rules.is_expired(record.data.state, record.created_at, datetime.now(UTC)):
            continue
        try:
            await end(call.service, record, Step.EXPIRE, "time")
        except Problem:
            continue  # it was paid or called off in this moment
        count += 1
    return Expired(count)


@operations.post("/v1/payouts", access=Access.SERVICE | Access.OPERATOR, status=200, audited=True)
async def pay_out(call: Call) -> PaidOut:
    """Pay hosts what they earned since the last time."""
    hosts = cents = 0
    while earned := await _earned(call.service):
        paid = await _pay_hosts(call.service, earned)
        hosts += len(paid)
        cents += sum(paid.values())
        if len(earned) < _AT_ONCE or not paid:
            break
    return PaidOut(hosts, cents)


@operations.get("/v1/payouts", access=Access.USER)
async def own_payouts(call: Call, query: Page) -> list[Record[Payout]]:
    """Give what the user was paid as a host."""
    return await payouts(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.get("/v1/outcomes", access=Access.SERVICE | Access.OPERATOR)
async def outcomes(call: Call) -> list[Ended]:
    """Give what became of bookings, as far as it is not settled; at most some hundreds."""
    now = datetime.now(UTC)
    return [Ended(record.id, _outcomes(record, now)) for record in await _ended(call.service)]


@operations.put("/v1/outcomes/{booking}", access=Access.SERVICE | Access.OPERATOR)
async def settle(call: Call, booking: UUID) -> Record[Booking]:
    """Say that what became of a booking was told to whom it concerns."""
    return found(
        await bookings(call.service).update(booking, lambda data: replace(data, settled=True))
    )


def _outcomes(record: Record[Booking], now: datetime) -> list[UserOutcome]:
    of_user, of_host = rules.outcomes(record.data.end, now)
    at = record.data.called_off_at or record.data.starts_at
    return [
        UserOutcome(user, kind, at)
        for user, kind in ((record.owner, of_user), (record.data.host, of_host))
        if user is not None and kind is not None
    ]


async def _pay_hosts(service: Service, earned: list[Record[Booking]]) -> dict[str, int]:
    """Pay for these bookings; cents by host."""
    of_host: dict[str, list[Record[Booking]]] = defaultdict(list)
    for record in earned:
        if record.data.host is not None:
            of_host[record.data.host].append(record)
    paid = {}
    for host, records in of_host.items():
        payout = await bookings(service).pay_out(host, records)
        if payout is not None:
            paid[host] = payout.cents
    return paid


async def _earned(service: Service) -> list[Record[Booking]]:
    """Bookings that were not paid out yet, and are to be."""
    records = await _select(
        service,
        "data @> '{\"payout\": null}' AND data ->> 'host' IS NOT NULL"
        " AND data ->> 'state' <> 'refunded' AND data ->> 'paid_at' IS NOT NULL"
        " AND (data ->> 'price_cents')::int > 0"
        " AND (data ->> 'starts_at')::timestamptz < now() - $1::interval",
        rules.PAYOUT_TIME,
    )
    now = datetime.now(UTC)
    return [
        record
        for record in records
        if rules.is_earned(
            record.data.state,
            record.data.starts_at,
            now,
            was_paid=record.data.paid_at is not None,
        )
    ]


async def _ended(service: Service) -> list[Record[Booking]]:
    return await _select(
        service,
        "data @> '{\"settled\": false}' AND data ->> 'paid_at' IS NOT NULL"
        " AND (data ->> 'called_off_at' IS NOT NULL"
        " OR (data ->> 'starts_at')::timestamptz < now() - $1::interval)",
        rules.PAYOUT_TIME,
    )


async def _select(service: Service, condition: str, *values: object) -> list[Record[Booking]]:
    """Bookings under a condition, which is a constant of this module."""
    query = (
        "SELECT id, owner, created_at, data FROM documents"  # noqa: S608  # nosec B608 - a constant
        f" WHERE kind = 'booking' AND {condition} ORDER BY created_at LIMIT {_AT_ONCE}"
    )
    async with service.database.connection("select bookings") as connection:
        rows = await connection.fetch(query, *values)
    return [bookings(service).record(row) for row in rows]


async def erase(service: Service, user: str) -> Erased:
    """Keep what the tax office wants to see, without the person; end what is not paid yet.

    As a host the user is paid what is owed, and gives back the money for what is to come.
    """
    records = bookings(service)
    erased = 0
    pending = {"state": State.PENDING.value}
    while unpaid := await records.newest(100, owner=user, where=pending):
        for record in unpaid:
            # Not what is paid at this moment.
            erased += await records.remove(record.id, where=pending)
    kept = await _erase_host(service, user)
    kept += await records.disown(user)
    kept += await payments(service).disown(user)
    kept += await payouts(service).disown(user)
    return Erased(erased, kept)


async def _erase_host(service: Service, user: str) -> int:
    """Take the host out of bookings, each of which is paid before; how many.

    Raises Problem (503): they are changed again and again.
    """
    records = bookings(service)
    count = 0
    while hosted := await records.newest(100, where={"host": user}):
        # Nobody can be paid later who is not known any more.
        await records.pay_out(user, [record for record in hosted if _is_owed(record.data)])
        gone = [await records.update(record.id, _without_host) for record in hosted]
        if not any(gone):
            raise Problem(503, "Bookings change at this moment. Try again.", {"Retry-After": "1"})
        count += sum(record is not None for record in gone)
    return count


def _without_host(data: Booking) -> Booking | None:
    """The booking without its host, called off if it is to come; None: it must be paid first."""
    if _is_owed(data):
        return None
    now = datetime.now(UTC)
    if data.state.holds_place and (data.starts_at > now or data.state is State.PENDING):
        step = Step.REFUND if data.state is State.PAID else Step.CANCEL
        state = rules.after(data.state, step)
        data = replace(data, state=state, called_off_at=now, called_off_by="host")
    return replace(data, host=None)


def _is_owed(data: Booking) -> bool:
    """Whether the host is still to be paid for it, be it too early."""
    was_paid = data.paid_at is not None and data.price_cents > 0
    return data.payout is None and rules.is_owed(
        data.state, data.starts_at, datetime.now(UTC), was_paid=was_paid
    )
