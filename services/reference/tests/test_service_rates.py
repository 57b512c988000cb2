"""Rate limits by the application's interface, each process counting for itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from reference import services
from reference.app import application
from reference.faults import Faults
from reference.metrics import Metrics
from reference.problems import Problem
from reference.rates import Policy, Rates
from reference.service import assemble
from reference.settings import Limits, Settings, load

Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
TRUSTED = load(
    {"SERVICE": "api", "VERSION": "1", "DATABASE_URL": "postgresql://h/d"}
).limits.trusted


@pytest.fixture
def client(identity: Any) -> Client:
    """A client, at an address that is no proxy's, of `jobs` with limits; it has no database."""

    @asynccontextmanager
    async def connected(
        per_user: int | None = None, per_address: int | None = None, peer: str = "203.0.113.7"
    ) -> AsyncIterator[httpx.AsyncClient]:
        limits = Limits(per_user, per_address, TRUSTED)
        settings = Settings("jobs", "1", "postgresql://nowhere/d", limits=limits)
        service = replace(assemble(settings, Faults()), verifier=identity.verifier)
        app = application(service, services.load("jobs"))
        transport = httpx.ASGITransport(app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://jobs") as made:
            yield made
        await service.close()

    return connected


async def test_an_address_is_limited_before_its_token_is_looked_at(client: Client) -> None:
    async with client(per_address=3) as jobs:
        bad = {"Authorization": "Bearer x"}
        statuses = [(await jobs.get("/v1/runs", headers=bad)).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        answer = await jobs.get("/nothing")
        metrics = (await jobs.get("/metrics")).text
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-policy"] == '"address";q=3;w=60'
    assert re.fullmatch(r'"address";r=0;t=\d+', answer.headers["ratelimit"])
    allowed, refused = (
        re.search(rf'rate_limit_checks_total{{limit="address",result="{result}",.*}} 3.0', metrics)
        for result in ("allowed", "refused")
    )
    assert allowed
    assert refused


async def test_probes_and_metrics_are_not_counted(client: Client, identity: Any) -> None:
    async with client(per_user=1, per_address=1) as jobs:
        for _ in range(3):
            for path in ("/livez", "/readyz", "/metrics"):
                answer = await jobs.get(path, headers=identity.user())
                assert answer.status_code != 429
        assert (await jobs.get("/")).status_code == 200


async def test_a_user_is_told_what_is_left_and_then_refused(client: Client, identity: Any) -> None:
    ada, grace = identity.user(), identity.user()
    async with client(per_user=2) as jobs:
        answers = [await jobs.get("/", headers=ada) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        left = [a.headers["ratelimit"].split(";")[1] for a in answers]
        assert left == ["r=1", "r=0", "r=0"]
        assert {a.headers["ratelimit-policy"] for a in answers} == {'"user";q=2;w=60'}
        assert "retry-after" not in answers[1].headers
        assert answers[2].headers["retry-after"]
        # What is forbidden counts as well, and others have their own quota.
        forbidden = [await jobs.get("/v1/runs", headers=grace) for _ in range(3)]
        assert [a.status_code for a in forbidden] == [403, 403, 429]
        assert forbidden[0].headers["ratelimit"].startswith('"user";r=1')
        # Without a token there is no user to count for.
        assert "ratelimit" not in (await jobs.get("/")).headers


async def test_services_and_operators_are_not_limited_as_users(
    client: Client, identity: Any
) -> None:
    async with client(per_user=1) as jobs:
        for headers in (identity.service(), identity.operator()):
            answers = [await jobs.get("/", headers=headers) for _ in range(3)]
            assert {a.status_code for a in answers} == {200}


async def test_clients_behind_a_proxy_of_ours_are_told_apart(client: Client) -> None:
    async with client(per_address=1, peer="10.1.2.3") as jobs:
        for last in ("203.0.113.7", "203.0.113.8", "2001:db8::1"):
            headers = {"X-Forwarded-For": f"8.8.8.8, {last}"}
            answers = [await jobs.get("/", headers=headers) for _ in range(2)]
            assert [a.status_code for a in answers] == [200, 429]
        # One client has a whole network of these.
        answer = await jobs.get("/", headers={"X-Forwarded-For": "2001:db8::2"})
        assert answer.status_code == 429
        # A service's own calls.
        assert {(await jobs.get("/")).status_code for _ in range(3)} == {200}


async def test_without_limits_nothing_is_counted(client: Client, identity: Any) -> None:
    async with client() as jobs:
        answer = await jobs.get("/", headers=identity.user())
        assert "ratelimit" not in answer.headers
        assert "rate_limit_checks_total{" not in (await jobs.get("/metrics")).text


async def test_a_check_alone_spends_nothing() -> None:
    settings = Settings("auth", "1", "postgresql://nowhere/d")
    rates = Rates(Limits(), None, "p:", Metrics(settings))
    policy = Policy("sign-in", 2, 900)
    for _ in range(5):
        await rates.check(policy, "ada@example.org")
    for left in (1, 0):
        state = await rates.count(policy, "ada@example.org")
        assert state
        assert state.left == left
    with pytest.raises(Problem) as refused:
        await rates.check(policy, "ada@example.org")
    assert refused.value.status == 429
    await rates.check(policy, "grace@example.org")


async def test_where_valkey_is_away_everybody_is_let_through() -> None:
    settings = Settings("api", "1", "postgresql://nowhere/d")
    metrics = Metrics(settings)
    rates = Rates(Limits(per_user=1), "redis://127.0.0.1:1/0", "p:", metrics)
    for _ in range(5):
        assert await rates.count(Policy("user", 1), "ada") is None
    assert b'result="unavailable",service="api",track="stable",version="1"} 5.0' in metrics.text()
    await rates.close()
