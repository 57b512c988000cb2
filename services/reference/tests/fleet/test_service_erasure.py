"""The right to deletion, over all services."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

if TYPE_CHECKING:
    import httpx
    from conftest import Fleet, User

    Made = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.sandbox

ALL = """
    SELECT concat_ws(' ', id, owner, key, data) AS text FROM documents
"""


def busy(fleet: Fleet, offer: Made, plan: Made) -> tuple[User, User, str]:
    """A user with something in every service, somebody they had to do with, and a booking.

    All texts that the user writes hold the user's address.
    """
    user = fleet.user()
    words = f"By {user.email}"
    other = fleet.user(name="Otto Other")

    def post(who: User, service: str, path: str, body: Any, status: int = 201) -> Any:
        answer = who.call("POST", service, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    hosted = post(user, "discovery", "/v1/sessions", offer(title=words, description=words))
    wanted = post(other, "discovery", "/v1/sessions", offer())
    by_other = post(other, "api", "/v1/bookings", {"session": hosted["id"]})
    booking = post(user, "api", "/v1/bookings", {"session": wanted["id"]})
    for who, booked in ((user, booking), (other, by_other)):
        paid = who.call(
            "POST",
            "api",
            f"/v1/bookings/{booked['id']}/payment",
            json={"token": "pm_card_ok"},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        assert paid.status_code == 200, paid.text
        assert "X-Degraded" not in paid.headers
    fleet.call("GET", "discovery", f"/v1/sessions/{hosted['id']}")
    fleet.call("GET", "discovery", "/v1/matches")
    user.call("PUT", "api", f"/v1/favourites/{wanted['id']}")
    user.call("PUT", "notification", "/v1/preferences", json={"sms": False})
    now = datetime.now(UTC)
    entry = {
        "title": words,
        "note": words,
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }
    post(user, "calendar", "/v1/entries", entry)
    post(user, "calendar", "/v1/connections", {"provider": "google"})
    contact = {"name": words, "address": user.email}
    post(user, "float-plan", "/v1/plans", plan(contact=contact, note=words))
    mine = {"with": [other.id], "subject": words}
    theirs = {"with": [user.id], "subject": "Otto's"}
    for who, conversation in ((user, mine), (other, theirs)):
        begun = post(who, "messaging", "/v1/conversations", conversation)
        for each in (user, other):
            text = words if each is user else "An answer"
            path = f"/v1/conversations/{begun['id']}/messages"
            post(each, "messaging", path, {"text": text})
    post(user, "analytics", "/v1/events", {"name": "opened", "properties": {"word": words}})
    post(other, "analytics", "/v1/events", {"name": "seen", "properties": {"who": [user.id]}})
    off = user.call("POST", "api", f"/v1/bookings/{booking['id']}/cancellation")
    assert off.status_code == 200, off.text
    return user, other, booking["id"]


def traces(fleet: Fleet, user: User) -> dict[str, list[str]]:
    """Rows that hold the user's id or words, by service."""
    found = {}
    for name in fleet.members:
        texts = [row["text"] for row in fleet.execute(name, ALL)]
        held = [t for t in texts if user.id in t or user.email in t]
        if held:
            found[name] = held
    return found


def test_after_it_nothing_holds_the_user(fleet: Fleet, offer: Made, plan: Made) -> None:
    user, other, booking = busy(fleet, offer, plan)
    before = traces(fleet, user)
    assert set(before) == set(fleet.members) - {"conditions", "jobs"}
    path = f"/v1/users/{user.id}/data"
    assert other.call("DELETE", "api", path).status_code == 403
    for caller in ("payments", "jobs"):
        headers = fleet.client_token(caller)
        assert fleet.call("DELETE", "messaging", path, headers=headers).status_code == 403
        assert fleet.call("DELETE", "api", path, headers=headers).status_code == 403
    answer = user.call("DELETE", "api", path)
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert (receipt["complete"], receipt["missing"]) == (True, [])
    assert set(receipt["services"]) == set(before)
    assert traces(fleet, user) == {}
    # What the tax office wants to see is there, without the person.
    assert receipt["services"]["payments"]["kept"] >= 3
    statement = "SELECT owner, data FROM documents WHERE id = $1"
    (kept,) = fleet.execute("payments", statement, uuid.UUID(booking))
    assert kept["owner"] is None
    # Who knows the id can tell whose receipt it is; nobody else can.
    assert receipt["user_digest"] == hashlib.sha256(user.id.encode()).hexdigest()
    again = fleet.call("GET", "api", answer.headers["Location"])
    assert again.json() == receipt
    # The other's own words are still there, and the money for what was to come is back.
    conversations = other.call("GET", "messaging", "/v1/conversations").json()
    assert {c["data"]["subject"] for c in conversations} == {"Otto's", "A conversation"}
    assert [b["data"]["state"] for b in other.call("GET", "payments", "/v1/bookings").json()] == [
        "refunded"
    ]
    for session in fleet.call("GET", "discovery", "/v1/sessions?limit=100").json():
        assert session["owner"] != user.id


def test_it_erases_what_another_version_wrote(fleet: Fleet, offer: Made, plan: Made) -> None:
    user, _, _ = busy(fleet, offer, plan)
    more = "UPDATE documents SET data = data || '{\"of_another_version\": 1}'"
    fewer = "UPDATE documents SET data = data - 'source' - 'about'"
    for service in ("payments", "messaging"):
        for other in (more, fewer):
            fleet.execute(service, f"{other} WHERE data::text LIKE '%' || $1 || '%'", user.id)
    answer = user.call("DELETE", "api", f"/v1/users/{user.id}/data")
    assert (answer.status_code, answer.json()["missing"]) == (200, [])
    assert traces(fleet, user) == {}


def test_a_booking_that_is_paid_at_the_same_moment_is_kept(fleet: Fleet, offer: Made) -> None:
    user, host = fleet.user(), fleet.user()
    session = host.call("POST", "discovery", "/v1/sessions", json=offer()).json()["id"]
    booking = user.call("POST", "api", "/v1/bookings", json={"session": session}).json()["id"]
    headers = fleet.client_token("operations")
    pay = 'UPDATE documents SET data = data || \'{"state": "paid"}\' WHERE id = $1'
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE%'"
    )

    async def paid_and_erased() -> httpx.Response:
        connection = await asyncpg.connect(fleet.postgresql.url_of("fleet_payments"))
        try:
            async with connection.transaction():
                await connection.execute(pay, uuid.UUID(booking))
                path = f"/v1/users/{user.id}/data"
                erasing = asyncio.to_thread(fleet.call, "DELETE", "payments", path, headers=headers)
                erased = asyncio.create_task(erasing)
                # It has seen an unpaid booking, and waits for what becomes of it.
                while not await asyncio.to_thread(fleet.execute, "payments", waiting):
                    assert not erased.done()
            return await erased
        finally:
            await connection.close()

    assert asyncio.run(paid_and_erased()).json() == {"erased": 0, "kept": 1}
    (kept,) = fleet.execute(
        "payments", "SELECT owner FROM documents WHERE id = $1", uuid.UUID(booking)
    )
    assert kept["owner"] is None


def test_a_service_that_is_down_is_asked_again(fleet: Fleet, offer: Made, plan: Made) -> None:
    user, _, _ = busy(fleet, offer, plan)
    path = f"/v1/users/{user.id}/data"
    fleet.members["messaging"].stop()
    try:
        answer = user.call("DELETE", "api", path)
        assert answer.status_code == 202, answer.text
        assert answer.headers["Retry-After"]
        receipt = answer.json()
        assert not receipt["complete"]
        # The account stays until the end, so that the user can ask again.
        assert receipt["missing"] == ["api", "auth", "messaging", "notification"]
        assert user.call("GET", "auth", "/v1/userinfo").status_code == 200
    finally:
        fleet.restart("messaging")
    fleet.eventually(
        lambda: user.call("DELETE", "api", path).json()["complete"], 30, "all is erased"
    )
    assert traces(fleet, user) == {}
    done = fleet.call("GET", "api", answer.headers["Location"]).json()
    assert (done["id"], done["complete"], done["missing"]) == (receipt["id"], True, [])


def test_it_is_completed_without_being_asked(fleet: Fleet) -> None:
    user = fleet.user()
    fleet.members["calendar"].stop()
    try:
        answer = user.call("DELETE", "api", f"/v1/users/{user.id}/data")
        assert answer.status_code == 202
    finally:
        fleet.restart("calendar")
    # As if the time to the next try had passed.
    early = "2020-01-01T00:00:00Z"
    make_due = (
        "UPDATE documents SET data = data || jsonb_build_object('due_at', $2::text) WHERE id = $1"
    )
    fleet.execute("api", make_due, uuid.UUID(answer.json()["id"]), early)
    receipt = answer.headers["Location"]
    fleet.eventually(
        lambda: fleet.call("GET", "api", receipt).json()["complete"], 30, "all is erased"
    )
    assert traces(fleet, user) == {}


def test_an_operator_may_erase_whoever_asked_by_letter(fleet: Fleet) -> None:
    user = fleet.user()
    path = f"/v1/users/{user.id}/data"
    answer = fleet.call("DELETE", "api", path, headers=fleet.client_token("operations"))
    assert answer.status_code == 200, answer.text
    assert traces(fleet, user) == {}


def test_a_token_that_outlives_its_user_writes_nothing(
    fleet: Fleet, offer: Made, plan: Made
) -> None:
    user, other = fleet.user(), fleet.user()
    session = other.call("POST", "discovery", "/v1/sessions", json=offer()).json()["id"]
    answer = user.call("DELETE", "api", f"/v1/users/{user.id}/data")
    assert answer.status_code == 200, answer.text
    now = datetime.now(UTC)
    entry = {"title": "Late", "starts_at": now.isoformat()}
    entry |= {"ends_at": (now + timedelta(hours=1)).isoformat()}
    writes: list[tuple[str, str, str, Any]] = [
        ("POST", "analytics", "/v1/events", {"name": "late"}),
        ("POST", "api", "/v1/bookings", {"session": session}),
        ("PUT", "api", f"/v1/favourites/{session}", None),
        ("POST", "calendar", "/v1/entries", entry),
        ("POST", "discovery", "/v1/sessions", offer()),
        ("POST", "float-plan", "/v1/plans", plan()),
        ("POST", "messaging", "/v1/conversations", {"with": [other.id], "subject": "Late"}),
        ("PUT", "notification", "/v1/preferences", {"sms": False}),
        ("PUT", "auth", f"/v1/users/{user.id}", {"name": "Late"}),
    ]
    answers = [user.call(method, name, path, json=body) for method, name, path, body in writes]
    assert [answer.status_code for answer in answers] == [401] * len(writes)
    assert traces(fleet, user) == {}
