"""What users of FieldDay do, from one service to the next."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Wait = Callable[[Callable[[], bool], str], None]
journey = pytest.mark.journey


@journey()
def test_sign_up_and_in(guest: Any, edge: Any) -> None:
    auth = edge.client("auth")
    assert guest.get("auth", f"/v1/users/{guest.id}")["name"] == "Gus Guest"
    wrong = {"grant_type": "password", "username": guest.email, "password": f"not {guest.id}"}
    assert auth.post("/v1/token", json=wrong).status_code == 400
    right = {**wrong, "password": guest.password}
    tokens = auth.post("/v1/token", json=right).json()
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refreshed = auth.post("/v1/token", json=again)
    assert refreshed.status_code == 200, refreshed.text
    headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    assert auth.get("/v1/userinfo", headers=headers).json()["email"] == guest.email


@journey("discovery", "conditions", "reliability")
def test_find_a_session(host: Any, guest: Any, edge: Any, offer: Any) -> None:
    activity = f"e2e-{secrets.token_hex(4)}"
    offered = offer(activity=activity, title="<b>Dawn</b> paddle")
    made = host.post("discovery", "/v1/sessions", offered)
    (found,) = guest.get("discovery", "/v1/sessions", activity=activity)
    assert found == made
    # Text is data, whatever it looks like; whoever shows it must not take it for markup.
    assert found["data"]["title"] == "<b>Dawn</b> paddle"
    path = f"/v1/sessions/{made['id']}"
    first, second = (edge.client("discovery").get(path) for _ in range(2))
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    (match,) = guest.get("discovery", "/v1/matches", activity=activity)
    assert match["session"] == made
    assert 0 < match["suitability"] <= 1
    assert match["conditions"]["source"] == "simulated"
    view = guest.call("GET", "api", path)
    assert "X-Degraded" not in view.headers
    assert view.json()["session"] == made
    assert view.json()["conditions"]["spot"] == "lake-tahoe"
    assert view.json()["host_score"]["user"] == host.id
    assert guest.call("DELETE", "discovery", path).status_code == 404
    assert host.call("DELETE", "discovery", path).status_code == 204
    assert edge.client("discovery").get(path).status_code == 404


@journey("discovery", "conditions", "reliability")
def test_see_sessions_by_one_query(guest: Any, host: Any, session: Any) -> None:
    query = """
        query ($id: UUID!) {
          session(id: $id) { title host { id score { score } } conditions { spot } }
          me { email }
        }
    """
    body = {"query": query, "variables": {"id": session["id"]}}
    answer = guest.call("POST", "api", "/graphql", json=body)
    assert answer.status_code == 200, answer.text
    assert "X-Degraded" not in answer.headers
    found = answer.json()["data"]
    assert found["me"] == {"email": guest.email}
    assert found["session"]["title"] == session["data"]["title"]
    assert found["session"]["host"]["id"] == host.id
    assert found["session"]["host"]["score"]["score"] > 0
    assert found["session"]["conditions"] == {"spot": "lake-tahoe"}


@journey("discovery")
def test_minors_do_not_host(minor: Any, offer: Any) -> None:
    answer = minor.call("POST", "discovery", "/v1/sessions", json=offer())
    assert answer.status_code == 403, answer.text


@journey()
def test_keep_favourites(guest: Any) -> None:
    session = str(uuid.uuid4())
    path = f"/v1/favourites/{session}"
    kept = guest.post("api", "/v1/favourites", {"session": session})
    assert guest.call("PUT", "api", path).json() == kept
    assert guest.get("api", "/v1/favourites", limit=5) == [kept]
    assert guest.call("DELETE", "api", path).status_code == 204
    assert guest.get("api", "/v1/favourites") == []


@journey("conditions")
def test_see_the_conditions(edge: Any) -> None:
    conditions = edge.client("conditions")
    spots = [spot["name"] for spot in conditions.get("/v1/spots").json()]
    answer = conditions.get(f"/v1/spots/{spots[0]}/conditions")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rating"] in ("good", "fair", "poor")
    assert conditions.get("/v1/spots/atlantis/conditions").status_code == 404


@journey("float-plan", "conditions")
def test_file_a_float_plan(guest: Any, minor: Any) -> None:
    now = datetime.now(UTC)
    plan = {
        "activity": "kayaking",
        "spot": "lake-tahoe",
        "departs_at": now.isoformat(),
        "returns_at": (now + timedelta(hours=3)).isoformat(),
        "contact": {"name": "Ashore", "address": "ashore@example.com"},
    }
    filed = guest.call("POST", "float-plan", "/v1/plans", json=plan)
    assert filed.status_code == 201, filed.text
    assert "X-Degraded" not in filed.headers
    assert filed.json()["data"]["conditions"]["spot"] == "lake-tahoe"
    path = filed.headers["Location"]
    assert minor.call("GET", "float-plan", path).status_code == 404
    back = guest.call("PUT", "float-plan", f"{path}/check-in")
    assert back.json()["data"]["state"] == "returned"
    # Somebody under age needs a guardian who can be reached.
    refused = minor.call("POST", "float-plan", "/v1/plans", json=plan)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("guardian:")
    guarded = {**plan, "guardian": {"name": "Parent", "address": "+15555550100"}}
    minor.post("float-plan", "/v1/plans", guarded)


@journey("discovery", "payments", "calendar", "notification", "analytics")
def test_book_and_pay(host: Any, guest: Any, minor: Any, session: Any, eventually: Wait) -> None:
    wish = {"session": session["id"]}
    assert minor.call("POST", "api", "/v1/bookings", json=wish).status_code == 403
    assert host.call("POST", "api", "/v1/bookings", json=wish).status_code == 409
    booked = guest.call("POST", "api", "/v1/bookings", json=wish)
    assert booked.status_code == 201, booked.text
    assert "X-Degraded" not in booked.headers
    booking = booked.json()
    assert (booking["data"]["state"], booking["data"]["price_cents"]) == ("pending", 4500)
    assert guest.call("POST", "api", "/v1/bookings", json=wish).status_code == 409
    pay = f"/v1/bookings/{booking['id']}/payment"

    def paid(token: str, key: str) -> Any:
        return guest.call(
            "POST", "api", pay, json={"token": token}, headers={"Idempotency-Key": key}
        )

    assert paid("4242 4242 4242 4242", "k-1").status_code == 422
    assert paid("pm_card_declined", "k-2").status_code == 402
    first = paid("pm_card_ok", "k-3")
    assert first.status_code == 200, first.text
    assert "X-Degraded" not in first.headers
    assert first.json()["data"]["state"] == "paid"
    assert paid("pm_card_ok", "k-3").json() == first.json()
    assert paid("pm_card_ok", "k-4").status_code == 409
    entries = guest.get("calendar", "/v1/entries")
    assert [each["data"]["about"] for each in entries] == [booking["id"]]
    text = guest.call("GET", "calendar", "/v1/calendar.ics").text
    assert f"UID:{entries[0]['id']}@" in text
    assert "SUMMARY:Kayaking\\, lake tahoe\r\n" in text

    def told() -> bool:
        notices = guest.get("notification", "/v1/notifications")
        return any(n["data"]["subject"] == "Paid" and n["data"]["delivered_at"] for n in notices)

    eventually(told, "the guest is told that the booking is paid")


@journey("discovery", "payments", "calendar", "reliability")
def test_call_a_booking_off(host: Any, guest: Any, session: Any) -> None:
    before = guest.get("reliability", f"/v1/scores/{guest.id}")["outcomes"]
    booking = guest.post("api", "/v1/bookings", {"session": session["id"]})
    path = f"/v1/bookings/{booking['id']}"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    guest.post("api", f"{path}/payment", {"token": "pm_card_ok"}, 200, headers=key)
    off = guest.call("POST", "api", f"{path}/cancellation")
    assert off.status_code == 200, off.text
    # Three weeks before, so the money goes back.
    assert off.json()["data"]["state"] == "refunded"
    assert guest.call("POST", "api", f"{path}/cancellation").status_code == 409
    assert host.get("payments", path)["data"]["called_off_by"] == "user"
    about = [each["data"]["about"] for each in guest.get("calendar", "/v1/entries")]
    assert booking["id"] not in about
    after = guest.get("reliability", f"/v1/scores/{guest.id}")
    assert after["outcomes"] == before + 1
    assert 0 <= after["score"] <= 100


@journey("messaging", "notification")
def test_chat(host: Any, guest: Any, minor: Any, eventually: Wait) -> None:
    begun = guest.post(
        "messaging", "/v1/conversations", {"with": [host.id], "subject": "Where do we meet?"}
    )
    path = f"/v1/conversations/{begun['id']}/messages"
    text = "<script>alert('hi')</script> '; DROP TABLE documents; --"
    written = host.call("POST", "messaging", path, json={"text": text})
    assert written.status_code == 201, written.text
    assert "X-Degraded" not in written.headers
    answer = guest.call("GET", "messaging", path)
    assert answer.headers["Content-Type"] == "application/json"
    assert [message["data"]["text"] for message in answer.json()] == [text]
    assert minor.call("GET", "messaging", path).status_code == 404
    assert minor.call("POST", "messaging", path, json={"text": "hi"}).status_code == 404

    def told() -> bool:
        notices = guest.get("notification", "/v1/notifications")
        return any(n["data"]["subject"] == "A new message" for n in notices)

    eventually(told, "the guest is told of the message")


@journey(
    "calendar",
    "conditions",
    "discovery",
    "float-plan",
    "messaging",
    "notification",
    "payments",
    "reliability",
)
def test_see_all_at_once(guest: Any) -> None:
    answer = guest.call("GET", "api", "/v1/me")
    assert answer.status_code == 200, answer.text
    assert "X-Degraded" not in answer.headers
    assert answer.json()["profile"]["email"] == guest.email
    assert all(part is not None for part in answer.json().values())


@journey(
    "analytics",
    "calendar",
    "discovery",
    "float-plan",
    "messaging",
    "notification",
    "payments",
    "reliability",
)
def test_have_all_erased(sign_up: Any, host: Any, edge: Any, offer: Any) -> None:
    user = sign_up("Erna Erased")
    session = user.post("discovery", "/v1/sessions", offer())
    user.post("analytics", "/v1/events", {"name": "opened", "properties": {"by": user.email}})
    user.post("messaging", "/v1/conversations", {"with": [host.id], "subject": "About me"})
    assert host.call("DELETE", "api", f"/v1/users/{user.id}/data").status_code == 403
    answer = user.erase()
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert receipt["complete"]
    assert receipt["missing"] == []
    erased = {name: part["erased"] for name, part in receipt["services"].items()}
    assert erased["discovery"] == erased["messaging"] == 1
    assert erased["analytics"] >= 1
    assert erased["auth"] >= 1
    assert edge.client("api").get(answer.headers["Location"]).json() == receipt
    path = f"/v1/sessions/{session['id']}"
    assert edge.client("discovery").get(path).status_code == 404
    grant = {"grant_type": "password", "username": user.email, "password": user.password}
    assert edge.client("auth").post("/v1/token", json=grant).status_code == 400
