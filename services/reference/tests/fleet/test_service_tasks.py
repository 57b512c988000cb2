"""The cron tasks, as `jobs` runs them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Fleet, User

    Made = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.sandbox

EARLIER = "UPDATE documents SET data = data || $2 WHERE id = $1"


def run(fleet: Fleet, task: str) -> dict[str, int]:
    """What a task did, by the record of its run."""
    jobs = fleet.members["jobs"]
    variables = dict(jobs.variables)
    try:
        jobs.variables |= {"POD_NAME": f"{task}-{uuid.uuid4().hex}"}
        assert jobs.start("reference.task", task).wait(60) == 0, jobs.output.read_text()[-2000:]
        pod = jobs.variables["POD_NAME"]
    finally:
        jobs.variables = variables
    headers = fleet.client_token("operations")
    runs = fleet.call("GET", "jobs", f"/v1/runs?task={task}", headers=headers).json()
    (data,) = [each["data"] for each in runs if each["data"]["pod"] == pod]
    assert data["problem"] is None
    result: dict[str, int] = data["result"]
    return result


def earlier(fleet: Fleet, service: str, record: str, **changes: object) -> None:
    """Change a record as if time had passed."""
    values = {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in changes.items()
    }
    fleet.execute(service, EARLIER, uuid.UUID(record), json.dumps(values))


def booked(user: User, host: User, offer: Made, *, paid: bool) -> str:
    session = host.call("POST", "discovery", "/v1/sessions", json=offer()).json()["id"]
    booking: str = user.call("POST", "api", "/v1/bookings", json={"session": session}).json()["id"]
    if paid:
        path = f"/v1/bookings/{booking}/payment"
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"token": "pm_card_ok"}
        answer = user.call("POST", "payments", path, json=body, headers=key)
        assert answer.status_code == 200, answer.text
    return booking


def state(user: User, booking: str) -> dict[str, Any]:
    data: dict[str, Any] = user.call("GET", "payments", f"/v1/bookings/{booking}").json()["data"]
    return data


def test_overdue_parties_are_told_once(fleet: Fleet, plan: Made) -> None:
    user = fleet.user()
    now = datetime.now(UTC)
    wanted = plan(
        contact={"name": "Ashore", "address": "+15555550100"},
        guardian={"name": "Parent", "address": "parent@example.com"},
    )
    filed = user.call("POST", "float-plan", "/v1/plans", json=wanted).json()["id"]
    run(fleet, "check-overdue-float-plans")
    path = f"/v1/plans/{filed}"
    assert user.call("GET", "float-plan", path).json()["data"]["state"] == "open"
    earlier(fleet, "float-plan", filed, returns_at=now - timedelta(hours=1))
    assert run(fleet, "check-overdue-float-plans") == {"overdue": 1, "told": 3}
    assert user.call("GET", "float-plan", path).json()["data"]["state"] == "overdue"
    assert run(fleet, "check-overdue-float-plans") == {"overdue": 0, "told": 0}

    def delivered() -> set[tuple[str, str | None]]:
        query = """
            SELECT data ->> 'channel' AS channel, data ->> 'address' AS address FROM documents
            WHERE owner = $1 AND data ->> 'state' = 'delivered'
        """
        rows = fleet.execute("notification", query, user.id)
        return {(row["channel"], row["address"]) for row in rows}

    everybody = {("push", None), ("sms", "+15555550100"), ("email", "parent@example.com")}
    fleet.eventually(lambda: delivered() == everybody, 10, "all are told")
    back = user.call("PUT", "float-plan", f"{path}/check-in").json()
    assert back["data"]["state"] == "returned"


def test_unpaid_bookings_end(fleet: Fleet, offer: Made) -> None:
    user, host = fleet.user(), fleet.user()
    booking = booked(user, host, offer, paid=False)
    run(fleet, "expire-unpaid-bookings")
    assert state(user, booking)["state"] == "pending"
    age = "UPDATE documents SET created_at = now() - interval '1 hour' WHERE id = $1"
    fleet.execute("payments", age, uuid.UUID(booking))
    assert run(fleet, "expire-unpaid-bookings") == {"bookings": 1}
    assert state(user, booking)["called_off_by"] == "time"


def test_hosts_are_paid_once_and_scores_follow(fleet: Fleet, offer: Made) -> None:
    user, host = fleet.user(), fleet.user()
    booking = booked(user, host, offer, paid=True)
    run(fleet, "pay-out-hosts")
    run(fleet, "score-reliability")
    assert state(user, booking)["payout"] is None
    assert host.call("GET", "reliability", f"/v1/scores/{host.id}").json()["outcomes"] == 0
    earlier(fleet, "payments", booking, starts_at=datetime.now(UTC) - timedelta(days=2))
    # What has begun can't be called off any more, by neither side.
    for who in (user, host):
        off = who.call("POST", "payments", f"/v1/bookings/{booking}/cancellation")
        assert off.status_code == 409
    assert run(fleet, "pay-out-hosts") == {"hosts": 1, "cents": 4500}
    assert run(fleet, "pay-out-hosts") == {"hosts": 0, "cents": 0}
    (payout,) = host.call("GET", "payments", "/v1/payouts").json()
    assert (payout["data"]["cents"], payout["data"]["source"]) == (4500, "simulated")
    assert state(user, booking)["payout"] == payout["id"]
    assert run(fleet, "score-reliability")["outcomes"] == 2
    assert run(fleet, "score-reliability")["outcomes"] == 0
    for who in (user, host):
        score = who.call("GET", "reliability", f"/v1/scores/{who.id}").json()
        assert (score["outcomes"], score["score"]) == (1, 84.0)


def test_conditions_and_calendars_are_refreshed(fleet: Fleet) -> None:
    assert run(fleet, "refresh-conditions") == {"spots": 10}
    user = fleet.user()
    soon = datetime.now(UTC) + timedelta(hours=5)
    entry = {
        "title": "Dentist",
        "starts_at": soon.isoformat(),
        "ends_at": (soon + timedelta(hours=1)).isoformat(),
    }
    user.call("POST", "calendar", "/v1/entries", json=entry)
    user.call("POST", "calendar", "/v1/connections", json={"provider": "google"})
    # Others may have connected a calendar, too.
    synced = run(fleet, "sync-calendars")
    assert synced["calendars"] >= 1
    assert synced["reminders"] >= 1
    assert run(fleet, "sync-calendars")["reminders"] == 0
    (connection,) = user.call("GET", "calendar", "/v1/connections").json()
    assert connection["data"]["synced_at"] is not None
    assert connection["data"]["source"] == "simulated"


def test_a_task_that_fails_says_so(fleet: Fleet) -> None:
    jobs = fleet.members["jobs"]
    fleet.members["conditions"].stop()
    try:
        assert jobs.start("reference.task", "refresh-conditions").wait(60) == 1
    finally:
        fleet.restart("conditions")
    headers = fleet.client_token("operations")
    (last,) = fleet.call("GET", "jobs", "/v1/runs?limit=1", headers=headers).json()
    assert last["data"]["task"] == "refresh-conditions"
    assert last["data"]["problem"].startswith("conditions: ConnectError")
