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

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]

CENTS = 4500


def hosted(fleet: Fleet, host: User, count: int = 1, **changes: Any) -> None:
    """Bookings of a host's session that was three days ago, each paid by somebody."""
    then = (datetime.now(UTC) - timedelta(days=3)).isoformat().replace("+00:00", "Z")
    booking = {
        "session": str(uuid.uuid4()),
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
