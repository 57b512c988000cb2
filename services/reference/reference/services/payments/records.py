"""What payments keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct

from reference.documents import Documents, TakenError, as_json
from reference.domain import provider
from reference.domain.bookings import End, State
from reference.service import Service
from reference.values import Record


class Booking(Struct, frozen=True):
    """A place in a session, for the user that owns the record.

    host: None where the host's data was erased. called_off_by: "user", "host" or "time".
    payment: that which paid it. payout: that by which the host was paid.
    settled: whether its outcome was reported.
    source: who moves the money; says that it is simulated.
    """

    session: UUID
    host: str | None
    starts_at: datetime
    price_cents: int
    state: State
    paid_at: datetime | None = None
    payment: UUID | None = None
    called_off_at: datetime | None = None
    called_off_by: str | None = None
    no_show: bool = False
    payout: UUID | None = None
    settled: bool = False
    source: str = provider.NAME

    @property
    def end(self) -> End:
        """How it ended, as far as it has."""
        return End(
            state=self.state,
            starts_at=self.starts_at,
            was_paid=self.paid_at is not None,
            called_off_at=self.called_off_at,
            by_host=self.called_off_by == "host",
            no_show=self.no_show,
        )


class Payment(Struct, frozen=True):
    """A try to pay a booking, by the idempotency key that the user gave it.

    digest: of booking and token, so that a key can't be used for something else. The token itself
    is not kept. state: begun, paid, declined. declined: the provider's reason.
    """

    booking: UUID
    cents: int
    digest: str
    state: str = "begun"
    declined: str | None = None
    source: str = provider.NAME


class Payout(Struct, frozen=True):
    """Money for the host that owns the record, for so many bookings."""

    cents: int
    bookings: int
    source: str = provider.NAME


class FullError(Exception):
    """All places of the session are taken."""


class Bookings(Documents[Booking]):
    """Bookings: a session has so many places, and a user only one of them."""

    async def book(self, data: Booking, user: str, places: int) -> Record[Booking]:
        """Take a place. Raises TakenError (the user has one), FullError."""
        insert = """
            INSERT INTO documents (id, kind, owner, key, data) VALUES ($1, 'booking', $2, $3, $4)
            ON CONFLICT DO NOTHING RETURNING id, owner, created_at, data
        """
        count = """
            SELECT count(*) FROM documents
            WHERE kind = 'booking' AND data @> $1 AND data ->> 'state' = ANY($2)
        """
        holding = [state.value for state in State if state.holds_place]
        values = (uuid4(), user, f"{data.session}:{user}", as_json(data))
        async with self._database.connection("book") as connection, connection.transaction():
            # One after the other, so that two can't both have the last place.
            lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
            await connection.execute(lock, f"booking:{data.session}")
            row = await connection.fetchrow(insert, *values)
            if row is None:
                raise TakenError("booking")
            of_session = as_json({"session": data.session})
            if await connection.fetchval(count, of_session, holding) > places:
                raise FullError
            return self.record(row)

    async def pay_out(self, host: str, earned: Sequence[Record[Booking]]) -> Payout | None:
        """Pay a host for these bookings: all is kept, or nothing. None: all were paid out before.

        A booking that another replica is just paying out stays out of this payout.
        """
        # In one order, so that two payouts at once are no deadlock.
        lock = """
            SELECT id, (data ->> 'price_cents')::int AS cents FROM documents
            WHERE kind = 'booking' AND id = ANY($1) AND data ->> 'payout' IS NULL
                AND data ->> 'host' = $2 AND data ->> 'state' <> 'refunded'
            ORDER BY id FOR UPDATE
        """
        mark = """
            UPDATE documents SET data = data || jsonb_build_object('payout', $2::text)
            WHERE id = ANY($1)
        """
        keep = "INSERT INTO documents (id, kind, owner, data) VALUES ($1, 'payout', $2, $3)"
        payout_id = uuid4()
        async with self._database.connection("pay out") as connection, connection.transaction():
            due = await connection.fetch(lock, [record.id for record in earned], host)
            if not due:
                return None
            await connection.execute(mark, [row["id"] for row in due], str(payout_id))
            payout = Payout(sum(row["cents"] for row in due), len(due))
            await connection.execute(keep, payout_id, host, as_json(payout))
            return payout


def bookings(service: Service) -> Bookings:
    """The bookings."""
    return Bookings(service.database, "booking", Booking)


def payments(service: Service) -> Documents[Payment]:
    """The tries to pay."""
    return Documents(service.database, "payment", Payment)


def payouts(service: Service) -> Documents[Payout]:
    """What hosts were paid."""
    return Documents(service.database, "payout", Payout)
