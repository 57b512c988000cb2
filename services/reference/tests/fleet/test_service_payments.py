"""Bookings and payments: places, money and cards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx
    from conftest import Fleet, User

    Offer = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.sandbox

CARD = "4242424242424242"


def offered(host: User, offer: Offer, **changes: Any) -> str:
    answer = host.call("POST", "discovery", "/v1/sessions", json=offer(**changes))
    assert answer.status_code == 201, answer.text
    session: str = answer.json()["id"]
    return session


def book(user: User, session: str) -> httpx.Response:
    return user.call("POST", "api", "/v1/bookings", json={"session": session})


def pay(user: User, booking: str, token: str, key: str) -> httpx.Response:
    path = f"/v1/bookings/{booking}/payment"
    return user.call(
        "POST", "payments", path, json={"token": token}, headers={"Idempotency-Key": key}
    )


def test_the_last_place_is_given_once(fleet: Fleet, offer: Offer) -> None:
    session = offered(fleet.user(), offer, places=2)
    users = [fleet.user() for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda user: book(user, session), users))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    # Who calls off gives the place to somebody else.
    (first, *_), (late, *_) = (
        [user for user, a in zip(users, answers, strict=True) if a.status_code == status]
        for status in (201, 409)
    )
    (booking,) = first.call("GET", "payments", "/v1/bookings").json()
    path = f"/v1/bookings/{booking['id']}/cancellation"
    assert first.call("POST", "api", path).json()["data"]["state"] == "cancelled"
    assert book(late, session).status_code == 201


def test_one_key_pays_once_however_often_and_at_once(fleet: Fleet, offer: Offer) -> None:
    user = fleet.user()
    booking = book(user, offered(fleet.user(), offer)).json()["id"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: pay(user, booking, "pm_card_ok", "same"), range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    count = "SELECT data ->> 'state' AS state FROM documents WHERE kind = 'payment' AND owner = $1"
    assert [row["state"] for row in fleet.execute("payments", count, user.id)] == ["paid"]
    other_use = pay(user, booking, "pm_card_visa", "same")
    assert other_use.status_code == 422
    assert "Idempotency-Key" in other_use.json()["detail"]


def test_many_keys_pay_one_booking_once(fleet: Fleet, offer: Offer) -> None:
    user = fleet.user()
    booking = book(user, offered(fleet.user(), offer)).json()["id"]
    with ThreadPoolExecutor(6) as pool:
        keys = [uuid.uuid4().hex for _ in range(6)]
        answers = list(pool.map(lambda key: pay(user, booking, "pm_card_ok", key), keys))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    states = "SELECT data ->> 'state' AS state FROM documents WHERE kind = 'payment' AND owner = $1"
    found = [row["state"] for row in fleet.execute("payments", states, user.id)]
    assert found.count("paid") == 1
    assert set(found) <= {"paid", "given back"}


@pytest.mark.parametrize("by", ["user", "host"])
def test_what_is_called_off_is_in_nobodys_calendar(fleet: Fleet, offer: Offer, by: str) -> None:
    both = {"user": fleet.user(), "host": fleet.user()}
    session = offered(both["host"], offer, places=2)
    first, second = (book(who, session).json()["id"] for who in (both["user"], fleet.user()))
    headers = {"Idempotency-Key": "k"}
    body = {"token": "pm_card_ok"}
    both["user"].call("POST", "api", f"/v1/bookings/{first}/payment", json=body, headers=headers)
    now = datetime.now(UTC)
    times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
    for booking in (first, second):
        entry = {"title": "A guest", "about": booking, **times}
        assert both["host"].call("POST", "calendar", "/v1/entries", json=entry).status_code == 201

    def entries(who: User) -> list[str]:
        kept = who.call("GET", "calendar", "/v1/entries").json()
        return [entry["data"]["about"] for entry in kept]

    assert entries(both["user"]) == [first]
    # Other services may not change anybody's calendar.
    about = f"/v1/about/{first}"
    other = fleet.client_token("payments")
    assert fleet.call("DELETE", "calendar", about, headers=other).status_code == 403
    off = both[by].call("POST", "api", f"/v1/bookings/{first}/cancellation")
    assert off.status_code == 200
    assert "X-Degraded" not in off.headers
    assert entries(both["user"]) == []
    assert entries(both["host"]) == [second]


# As versions that know a field more or a field fewer write a booking.
OF_OTHERS = {
    "more": """UPDATE documents SET data = data || '{"currency": "usd"}' WHERE id = $1""",
    "fewer": "UPDATE documents SET data = data - 'source' WHERE id = $1",
}


@pytest.mark.parametrize("other", OF_OTHERS)
def test_what_another_version_wrote_is_paid_and_called_off(
    fleet: Fleet, offer: Offer, other: str
) -> None:
    user = fleet.user()
    booking = book(user, offered(fleet.user(), offer)).json()["id"]
    fleet.execute("payments", OF_OTHERS[other], uuid.UUID(booking))
    assert pay(user, booking, "pm_card_ok", "k").json()["data"]["state"] == "paid"
    off = user.call("POST", "payments", f"/v1/bookings/{booking}/cancellation")
    assert off.json()["data"]["state"] == "refunded"
    query = "SELECT data ->> 'currency' AS currency FROM documents WHERE id = $1"
    (kept,) = fleet.execute("payments", query, uuid.UUID(booking))
    assert kept["currency"] == {"more": "usd", "fewer": None}[other]


def test_only_the_user_and_the_host_see_a_booking(fleet: Fleet, offer: Offer) -> None:
    user, host, stranger = fleet.user(), fleet.user(), fleet.user()
    booking = book(user, offered(host, offer)).json()["id"]
    path = f"/v1/bookings/{booking}"
    statuses = [who.call("GET", "payments", path).status_code for who in (user, host, stranger)]
    assert statuses == [200, 200, 404]
    assert pay(stranger, booking, "pm_card_ok", "k").status_code == 404
    assert pay(host, booking, "pm_card_ok", "k").status_code == 404
    price = {"user": user.id, "session": str(uuid.uuid4()), "host": host.id, "price_cents": 1}
    body = {**price, "starts_at": "2031-01-01T00:00:00Z", "places": 1}
    assert user.call("POST", "payments", "/v1/bookings", json=body).status_code == 403


def test_minors_do_not_book(fleet: Fleet, offer: Offer) -> None:
    minor = fleet.user(birth_date="2012-05-01", guardian_email="guardian@example.com")
    answer = book(minor, offered(fleet.user(), offer))
    assert answer.status_code == 403
    assert "adults" in answer.json()["detail"]


def test_what_costs_nothing_is_paid_at_once(fleet: Fleet, offer: Offer) -> None:
    user = fleet.user()
    booking = book(user, offered(fleet.user(), offer, price_cents=0)).json()
    assert booking["data"]["state"] == "paid"
    assert pay(user, booking["id"], "pm_card_ok", "k").status_code == 409


@pytest.mark.parametrize("service", ["payments", "api"])
def test_a_card_number_is_refused_wherever_it_is(fleet: Fleet, offer: Offer, service: str) -> None:
    user = fleet.user()
    booking = book(user, offered(fleet.user(), offer)).json()["id"]
    path = f"/v1/bookings/{booking}/payment"
    escaped = "".join(f"\\u00{ord(digit):02x}" for digit in CARD)
    contents = [
        f'{{"token": "{CARD}"}}',
        '{"token": "4242 4242-4242 4242"}',
        f'{{"token": "{escaped}"}}',
        f'{{"token": "pm_card_ok", "number": {CARD}}}',
        f'{{"{CARD}": "pm_card_ok"}}',
        f"{{{CARD}",
    ]
    json_type = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answers = [user.call("POST", service, path, content=c, headers=json_type) for c in contents]
    answers += [
        user.call("POST", service, path, json={"token": "pm_card_ok"}, headers=headers)
        for headers in ({"Idempotency-Key": CARD},)
    ]
    lists = {"api": "/v1/favourites", "payments": "/v1/bookings"}
    answers.append(user.call("GET", service, f"{lists[service]}?limit={CARD}"))
    answers.append(
        user.call(
            "GET", service, f"/v1/erasures/{CARD}" if service == "api" else f"/v1/bookings/{CARD}"
        )
    )
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert "card" in answer.json()["detail"]
        assert CARD not in answer.text
    log = fleet.members[service].output.read_text()
    assert CARD not in log
    assert "4242 4242-4242 4242" not in log
    kept = "SELECT count(*) AS count FROM documents WHERE strpos(concat(data, key), $1) > 0"
    assert fleet.execute(service, kept, CARD)[0]["count"] == 0
