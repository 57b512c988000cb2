"""What a user of any service meets, through the edge."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

# What only services and operators may do.
_FORBIDDEN = {"conditions": ("POST", "/v1/refreshes"), "jobs": ("GET", "/v1/runs")}
# What any user may send, and no service understands.
_INVALID = {
    "api": ("GET", "/v1/sessions/no-id"),
    "discovery": ("GET", "/v1/sessions?limit=0"),
    "conditions": ("GET", "/v1/spots/NO'SPOT/conditions"),
    "payments": ("GET", "/v1/bookings?limit=0"),
    "messaging": ("GET", "/v1/conversations?limit=0"),
    "auth": ("GET", "/v1/users/no-id"),
    "reliability": ("GET", "/v1/scores/no-id"),
    "calendar": ("GET", "/v1/entries?limit=0"),
    "float-plan": ("GET", "/v1/plans?limit=0"),
    "analytics": ("POST", "/v1/events"),
    "notification": ("GET", "/v1/notifications?limit=0"),
    # All that it has is for services; who else asks is refused before.
    "jobs": None,
}


def test_it_says_who_it_is(client: httpx.Client, service: str) -> None:
    answer = client.get("/")
    assert answer.status_code == 200, answer.text
    assert answer.json()["service"] == service
    assert answer.json()["version"] == answer.headers["X-Version"]
    assert answer.headers["X-Track"] in ("stable", "candidate")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_it_describes_what_it_offers(client: httpx.Client, service: str) -> None:
    document = _described(client)
    assert document["info"]["title"] == f"FieldDay {service}"
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert all(each["responses"] for each in operations)
    assert any("security" in each for each in operations)


def test_its_dependencies_are_well(client: httpx.Client, pytestconfig: pytest.Config) -> None:
    installed = pytestconfig.getoption("--installed")
    params = {} if installed is None else {"among": installed}
    answer = client.get("/v1/dependencies", params=params)
    assert answer.status_code == 200, answer.text
    assert all(dependency["ok"] for dependency in answer.json()["dependencies"])


def test_a_request_keeps_its_id(client: httpx.Client) -> None:
    wanted = uuid.uuid4().hex
    answer = client.get("/", headers={"X-Request-Id": wanted})
    assert answer.headers["X-Request-Id"] == wanted


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    _is_problem(client.get("/nothing"), 404)


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    _is_problem(client.post("/v1/anything", content=b"x" * 100_000), 413)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer e30.e30.e30"}], ids=["none", "bad"]
)
def test_without_a_good_token_it_does_nothing(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    method, path = _protected(_described(client))
    answer = client.request(method, path, headers=headers)
    _is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.journey
def test_users_may_not_do_what_operators_do(guest: Any, service: str) -> None:
    method, path = _FORBIDDEN.get(service, ("DELETE", f"/v1/users/{uuid.uuid4()}/data"))
    _is_problem(guest.call(method, service, path), 403)


@pytest.mark.journey
def test_bad_input_is_refused(guest: Any, service: str) -> None:
    bad = _INVALID[service]
    if bad is None:
        pytest.skip("it reads no input of users")
    body = {"json": {"name": ""}} if bad[0] == "POST" else {}
    _is_problem(guest.call(bad[0], service, bad[1], **body), 422)


def _described(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert document["openapi"].startswith("3.1")
    return document


def _protected(document: dict[str, Any]) -> tuple[str, str]:
    """An operation that needs a token, and a path that fits."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "security" in operation:
                parts = (
                    str(uuid.uuid4()) if part.startswith("{") else part for part in path.split("/")
                )
                return method.upper(), "/".join(parts)
    pytest.fail("no operation needs a token")


def _is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
