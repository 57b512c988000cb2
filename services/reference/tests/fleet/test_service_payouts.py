"""What hosts earn: paid once, and whole, whatever happens at the same moment."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Fleet, User

pytestmark = pytest.mark.sandbox

CENTS = 4500


def hosted(fleet: Fleet, host: User, count: int = 1, **changes: Any) -> str:
    """Bookings of a host's session that was three days ago, each paid by somebody; its id."""
    then = (datetime.now(UTC) - timedelta(days=3)).isoformat().replace("+00:00", "Z")
    session = str(uuid.uuid4())
    booking = {
        "session": session,
        "host": host.id,
        "starts_at": then,
        "price_cents": CENTS,
        "state": "paid",
        "paid_at": then,
        "payment": str(uuid.uuid4()),
        "called_off_at": None,
        "called_off_by": None,
        "no_show": False,
        "payout": None,
        "settled": True,
        "source": "simulated",
        **changes,
    }
    insert = """
        INSERT INTO documents (id, kind, owner, data)
        SELECT gen_random_uuid(), 'booking', gen_random_uuid()::text, $1::jsonb
        FROM generate_series(1, $2)
    """
    fleet.execute("payments", insert, json.dumps(booking), count)
    return session


def pay_out(fleet: Fleet) -> int:
    """The answer's status."""
    headers = fleet.client_token("operations")
    return fleet.call("POST", "payments", "/v1/payouts", headers=headers).status_code


@contextmanager
def no_payout_can_be_kept(fleet: Fleet) -> Iterator[None]:
    """The database fails where a payout would be kept."""
    function = """
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no payout today'; END $$
    """
    trigger = """
        CREATE TRIGGER fail BEFORE INSERT ON documents
        FOR EACH ROW WHEN (new.kind = 'payout') EXECUTE FUNCTION fail()
    """
    for statement in (function, trigger):
        fleet.execute("payments", statement)
    try:
        yield
    finally:
        fleet.execute("payments", "DROP FUNCTION fail CASCADE")


def test_a_payout_that_fails_is_made_the_next_time(fleet: Fleet) -> None:
    host = fleet.user()
    hosted(fleet, host, 3)
    with no_payout_can_be_kept(fleet):
        assert pay_out(fleet) == 503
    assert host.call("GET", "payments", "/v1/payouts").json() == []
    assert pay_out(fleet) == 200
    (payout,) = host.call("GET", "payments", "/v1/payouts").json()
    assert (payout["data"]["cents"], payout["data"]["bookings"]) == (3 * CENTS, 3)
    marks = "SELECT DISTINCT data ->> 'payout' AS payout FROM documents WHERE data @> $1::jsonb"
    rows = fleet.execute("payments", marks, json.dumps({"host": host.id}))
    assert [row["payout"] for row in rows] == [payout["id"]]


def test_a_host_who_is_erased_is_paid_all_that_is_owed(fleet: Fleet) -> None:
    host = fleet.user()
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    # The state after it, and whether the host is paid.
    expected = {
        hosted(fleet, host, 600): ("paid", True),
        hosted(fleet, host, starts_at=later, state="cancelled"): ("cancelled", True),
        hosted(fleet, host, starts_at=later): ("refunded", False),
        hosted(fleet, host, state="refunded"): ("refunded", False),
        hosted(fleet, host, state="pending", paid_at=None): ("cancelled", False),
        hosted(fleet, host, price_cents=0): ("paid", False),
    }
    path = f"/v1/users/{host.id}/data"
    erased = fleet.call("DELETE", "payments", path, headers=fleet.client_token("operations"))
    assert erased.status_code == 200, erased.text
    bookings = """
        SELECT DISTINCT data ->> 'session' AS session, data ->> 'state' AS state,
            data ->> 'host' AS host, data ->> 'payout' IS NOT NULL AS paid
        FROM documents WHERE kind = 'booking' AND data ->> 'session' = ANY($1)
    """
    rows = fleet.execute("payments", bookings, list(expected))
    after = [(row["session"], (row["state"], row["paid"])) for row in rows]
    assert sorted(after) == sorted(expected.items())
    assert {row["host"] for row in rows} == {None}
    # Of each booking there is the payout, for what it says.
    payouts = """
        SELECT payout.data ->> 'cents' AS cents, sum((booking.data ->> 'price_cents')::int)::text
        FROM documents AS booking JOIN documents AS payout
            ON payout.id = (booking.data ->> 'payout')::uuid AND payout.kind = 'payout'
        WHERE booking.data ->> 'session' = ANY($1) GROUP BY payout.id
    """
    sums = [tuple(row) for row in fleet.execute("payments", payouts, list(expected))]
    assert sum(int(cents) for cents, _ in sums) == 601 * CENTS
    assert all(cents == of_bookings for cents, of_bookings in sums)
