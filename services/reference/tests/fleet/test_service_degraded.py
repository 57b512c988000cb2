"""What the services do when others are not there: without them, and saying so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Fleet

    Made = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.sandbox


@contextmanager
def down(fleet: Fleet, *names: str) -> Iterator[None]:
    for name in names:
        fleet.members[name].stop()
    try:
        yield
    finally:
        for name in names:
            fleet.restart(name)


def test_views_do_without_what_is_not_there(fleet: Fleet, offer: Made, plan: Made) -> None:
    host, user = fleet.user(), fleet.user()
    offered = offer(activity="packrafting", spot="acadia")
    session = host.call("POST", "discovery", "/v1/sessions", json=offered).json()["id"]
    conversation = {"with": [host.id], "subject": "Hello"}
    begun = user.call("POST", "messaging", "/v1/conversations", json=conversation).json()["id"]
    with down(fleet, "reliability", "conditions", "notification"):
        view = user.call("GET", "api", f"/v1/sessions/{session}")
        assert (view.status_code, view.headers["X-Degraded"]) == (200, "conditions, reliability")
        assert view.json()["session"]["id"] == session
        assert view.json()["conditions"] is view.json()["host_score"] is None
        matches = user.call("GET", "discovery", "/v1/matches?activity=packrafting")
        assert matches.headers["X-Degraded"] == "conditions, reliability"
        assert [match["session"]["id"] for match in matches.json()] == [session]
        me = user.call("GET", "api", "/v1/me")
        assert (me.status_code, me.headers["X-Degraded"]) == (200, "notification, reliability")
        assert me.json()["notifications"] is None
        assert me.json()["profile"]["email"] == user.email
        # Nobody waits for the weather to say where they are.
        filed = user.call(
            "POST", "float-plan", "/v1/plans", json=plan(activity="packrafting", spot="acadia")
        )
        assert (filed.status_code, filed.headers["X-Degraded"]) == (201, "conditions")
        path = f"/v1/conversations/{begun}/messages"
        written = user.call("POST", "messaging", path, json={"text": "Hi"})
        assert (written.status_code, written.headers["X-Degraded"]) == (201, "notification")
    # What failed is left alone for a moment, also by the requests of the next test.
    fleet.eventually(
        lambda: "X-Degraded" not in user.call("GET", "api", "/v1/me").headers,
        20,
        "all are asked again",
    )


def test_what_can_not_be_done_without_is_said(fleet: Fleet, offer: Made) -> None:
    host, user = fleet.user(), fleet.user()
    session = host.call("POST", "discovery", "/v1/sessions", json=offer()).json()["id"]
    with down(fleet, "payments"):
        answer = user.call("POST", "api", "/v1/bookings", json={"session": session})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "payments" in answer.json()["detail"]
        assert answer.headers["Content-Type"] == "application/problem+json"
    # It is asked again when it is back and has been left alone for a moment.
    fleet.eventually(
        lambda: (
            user.call("POST", "api", "/v1/bookings", json={"session": session}).status_code
            in (201, 409)
        ),
        20,
        "the session can be booked",
    )


def test_tokens_are_known_while_auth_is_away(fleet: Fleet) -> None:
    user = fleet.user()
    assert user.call("GET", "calendar", "/v1/entries").status_code == 200
    with down(fleet, "auth"):
        assert user.call("GET", "calendar", "/v1/entries").status_code == 200
