"""What every answer tells browsers, and how long a request's head may be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from reference import audit, logs, services
from reference.app import application
from reference.faults import Faults
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import assemble
from reference.settings import Limits, Settings

EXPECTED = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
operations = Operations()


@operations.post("/v1/things", access=Access.USER, audited=True)
async def make_thing(_: Call) -> Answer[dict[str, str]]:
    """Make one."""
    return Answer({}, {"Location": "/v1/things/2f0d9a4e-7b1c-4c7e-9d0a-0a1b2c3d4e5f"})


@operations.delete("/v1/things/{thing}", access=Access.USER, audited=True)
async def remove_thing(_: Call, thing: str) -> None:
    """Remove one, or fail as the name says."""
    if thing == "locked":
        raise Problem(409, "It is locked.")
    if thing == "broken":
        raise ZeroDivisionError


@operations.get("/v1/things", access=Access.ANYONE)
async def list_things(_: Call) -> Answer[list[str]]:
    """Give all, to anybody and for a while."""
    return Answer([], {"Cache-Control": "public, max-age=60"})


@pytest.fixture
async def client(identity: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with these operations."""
    settings = Settings("api", "1", "postgresql://nowhere/d", client_secret="secret")
    service = replace(assemble(settings, Faults(error_rate=0)), verifier=identity.verifier)
    transport = httpx.ASGITransport(application(service, operations), client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as made:
        yield made
    await service.close()


@pytest.mark.parametrize("name", services.names())
async def test_every_answer_of_every_service_has_security_headers(name: str) -> None:
    service = assemble(Settings(name, "1", "postgresql://nowhere/d"), Faults(error_rate=0.5))
    app = application(service, services.load(name))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=f"http://{name}"
    ) as api:
        # Of what is counted every second fails on purpose.
        paths = ("/", "/", "/livez", "/nothing", "/", "/v1/x" * 2000)
        answers = [await api.get(path) for path in paths]
    await service.close()
    assert {answer.status_code for answer in answers} >= {200, 500, 404, 414}
    for answer in answers:
        assert {key: answer.headers.get(key) for key in EXPECTED} == EXPECTED, answer


async def test_an_answer_may_say_that_it_is_for_all(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/things")).headers["cache-control"] == "public, max-age=60"


async def test_a_long_head_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/?q=" + "x" * 8_000)).status_code == 200
    answer = await client.get("/?q=" + "x" * 9_000)
    assert (answer.status_code, answer.json()["status"]) == (414, 414)
    assert (await client.get("/", headers={"X-Long": "x" * 15_000})).status_code == 200
    answer = await client.get("/", headers={f"X-{n}": "x" * 1000 for n in range(20)})
    assert answer.status_code == 431
    assert answer.headers["connection"] == "close"


def _audited(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    formatter = logs.JsonFormatter(Settings("api", "1", "postgresql://nowhere/d"))
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    names = ("action", "status", "outcome", "actor", "actor_kind", "subject")
    return [{name: line[name] for name in names} for line in lines if line["event"] == "audit"]


async def test_each_audited_call_is_one_line_however_it_ends(
    client: httpx.AsyncClient, identity: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "reference")
    user = identity.user("7c9e6679-7425-40de-944b-e07fc1f90ae7")
    await client.post("/v1/things", headers=user)
    for thing in ("one", "locked", "broken"):
        await client.delete(f"/v1/things/{thing}", headers=user)
    await client.delete("/v1/things/one", headers=identity.service("messaging"))
    await client.get("/v1/things", headers=user)
    by_user = {"actor": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "actor_kind": "user"}
    made = {**by_user, "subject": "2f0d9a4e-7b1c-4c7e-9d0a-0a1b2c3d4e5f"}
    by_service = {"actor": "messaging", "actor_kind": "service"}
    assert _audited(caplog) == [
        {"action": "make thing", "status": 201, "outcome": "done", **made},
        {"action": "remove thing", "status": 204, "outcome": "done", **by_user, "subject": "one"},
        {"action": "remove thing", "status": 409, "outcome": "refused"}
        | {**by_user, "subject": "locked"},
        {"action": "remove thing", "status": 500, "outcome": "failed"}
        | {**by_user, "subject": "broken"},
        {"action": "remove thing", "status": 403, "outcome": "refused"}
        | {**by_service, "subject": "one"},
    ]


async def test_the_audit_log_repeats_nothing_that_a_caller_makes_up(
    client: httpx.AsyncClient, identity: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "reference")
    await client.delete("/v1/things/Ada%20Lovelace", headers=identity.user())
    await client.delete("/v1/things/ada@example.org", headers=identity.user())
    assert [line["subject"] for line in _audited(caplog)] == [None, None]


def test_an_address_is_told_as_what_tells_nothing() -> None:
    def origin(address: str, secret: str | None) -> str | None:
        settings = Settings("api", "1", "postgresql://h/d", client_secret=secret, limits=Limits())
        scope = {"type": "http", "headers": [], "client": (address, 1)}
        return audit._origin(settings, Request(scope))

    assert origin("203.0.113.7", "a") == origin("203.0.113.7", "a") != origin("203.0.113.8", "a")
    assert origin("203.0.113.7", "a") != origin("203.0.113.7", "b")
    assert origin("203.0.113.7", None) is None
    assert "203" not in str(origin("203.0.113.7", "a"))
