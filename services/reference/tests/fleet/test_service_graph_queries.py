"""GraphQL queries over all services."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Fleet, User

    Made = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.sandbox

OVERVIEW = """
    query Overview($activity: String!) {
      sessions(activity: $activity) {
        id title startsAt priceCents
        host { id score { score outcomes } }
        conditions { spot rating tideMetres source }
      }
      matches(activity: $activity) { suitability session { id } }
      me {
        id name email
        score { score }
        favourites { session { title } }
        bookings { id state priceCents session { title host { id } } }
        plans { activity state people }
        conversations { subject participants }
        notifications { channel subject read }
        entries { title startsAt }
      }
    }
"""


def asked(user: User, query: str, **variables: Any) -> Any:
    answer = user.call("POST", "api", "/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    assert "X-Degraded" not in answer.headers
    return answer.json()["data"]


def test_one_query_over_all_services(fleet: Fleet, offer: Made, plan: Made) -> None:
    host, user = fleet.user(name="Hanna"), fleet.user(name="Gus")
    offered = [
        offer(activity="canyoning", spot=spot) for spot in ("la-jolla", "lake-tahoe", "nowhere")
    ]
    sessions = [host.call("POST", "discovery", "/v1/sessions", json=o).json() for o in offered]
    first = sessions[0]["id"]
    for method, service, path, body in (
        ("PUT", "api", f"/v1/favourites/{first}", None),
        ("POST", "api", "/v1/bookings", {"session": first}),
        ("POST", "messaging", "/v1/conversations", {"with": [host.id], "subject": "Hello"}),
        ("POST", "float-plan", "/v1/plans", plan()),
    ):
        assert user.call(method, service, path, json=body).status_code in (200, 201), path
    found = asked(user, OVERVIEW, activity="canyoning")
    shown = {session["id"]: session for session in found["sessions"]}
    assert list(shown) == [session["id"] for session in reversed(sessions)]
    assert shown[first]["startsAt"] == sessions[0]["data"]["starts_at"]
    assert shown[first]["host"] == {"id": host.id, "score": {"score": 80.0, "outcomes": 0}}
    by_spot = [
        session["conditions"] and session["conditions"]["spot"] for session in found["sessions"]
    ]
    assert by_spot == [None, "lake-tahoe", "la-jolla"]
    assert shown[first]["conditions"]["tideMetres"] is not None
    assert {match["session"]["id"] for match in found["matches"]} == set(shown)
    me = found["me"]
    assert (me["id"], me["name"], me["email"]) == (user.id, "Gus", user.email)
    assert me["favourites"] == [{"session": {"title": "Dawn paddle"}}]
    (booking,) = me["bookings"]
    assert (booking["state"], booking["priceCents"]) == ("pending", 4500)
    assert booking["session"] == {"title": "Dawn paddle", "host": {"id": host.id}}
    assert me["plans"] == [{"activity": "kayaking", "state": "open", "people": 1}]
    (conversation,) = me["conversations"]
    assert set(conversation["participants"]) == {host.id, user.id}
    assert me["entries"] is not None
    # What belongs to somebody is nobody else's.
    assert asked(host, "{ me { bookings { id } plans { state } } }")["me"]["plans"] == []


def test_a_list_asks_each_service_once(fleet: Fleet, offer: Made) -> None:
    """Hosts' scores are one call however many hosts; conditions one a spot."""
    hosts = [fleet.user() for _ in range(3)]
    for host in hosts:
        body = offer(activity="scrambling", spot="la-jolla")
        assert host.call("POST", "discovery", "/v1/sessions", json=body).status_code == 201
    before = {name: _requests(fleet, name) for name in ("reliability", "conditions")}
    query = (
        '{ sessions(activity: "scrambling") { host { score { score } } conditions { rating } } }'
    )
    found = asked(hosts[0], query)["sessions"]
    assert [session["host"]["score"]["score"] for session in found] == [80.0] * 3
    after = {name: _requests(fleet, name) for name in before}
    assert after == {name: count + 1 for name, count in before.items()}


def _requests(fleet: Fleet, name: str) -> float:
    """How many a service has had, but for probes."""
    lines = fleet.call("GET", name, "/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if "_requests_total{" in line)


def test_one_session_by_its_id(fleet: Fleet, offer: Made) -> None:
    user = fleet.user()
    session = user.call("POST", "discovery", "/v1/sessions", json=offer()).json()["id"]
    query = "query ($id: UUID!) { session(id: $id) { title } }"
    assert asked(user, query, id=session) == {"session": {"title": "Dawn paddle"}}
    assert asked(user, query, id=user.id) == {"session": None}


@pytest.mark.parametrize("limit", [0, 101])
def test_what_a_service_refuses_is_told_as_it_says_it(fleet: Fleet, limit: int) -> None:
    query = f"{{ sessions(limit: {limit}) {{ id }} me {{ id }} }}"
    answer = fleet.call("POST", "api", "/graphql", json={"query": query})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith("limit: Expected `int`")
