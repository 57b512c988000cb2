"""Calls to other services: what is tried again, what is left alone, and what a caller is told."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from reference import dependencies as calls
from reference.dependencies import Dependencies
from reference.dependency_errors import DependencyError, NotAskedError, RefusedError
from reference.identity.own_token import OwnToken
from reference.lenient import Lenient
from reference.metrics import Metrics
from reference.operations import Call
from reference.peers import Peers, as_caller, as_itself
from reference.settings import Limits, Settings

Answer = Callable[[httpx.Request], httpx.Response]
KEY = {"Idempotency-Key": "k"}


class Other:
    """A service that answers as it is told, one thing after the other; then it is well."""

    def __init__(self, *answers: int | Exception | float) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if self._answers else 200
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = 200
        return httpx.Response(answer, json={"detail": "said by other"})


@asynccontextmanager
async def connected(
    other: Any, timeout: float = 2.0, try_seconds: float = 1.0
) -> AsyncIterator[tuple[Dependencies, CollectorRegistry]]:
    """Calls to it, and their metrics."""
    metrics = Metrics(Settings("api", "1", "postgresql://nowhere/d"))
    urls = {"auth": "http://auth", "other": "http://other"}
    transport = httpx.MockTransport(other)
    made = Dependencies(urls, timeout, metrics, try_seconds, transport)
    yield made, metrics.registry
    await made.close()


def sample(registry: CollectorRegistry, name: str) -> float:
    labels = {"service": "api", "version": "1", "track": "stable", "dependency": "other"}
    return registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("bad", [502, 503, 504, httpx.ConnectError("refused"), 5.0])
@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {}), ("PUT", {}), ("DELETE", {}), ("POST", KEY)]
)
async def test_what_may_be_repeated_is_tried_again(
    method: str, headers: dict[str, str], bad: Any
) -> None:
    other = Other(bad)
    async with connected(other, try_seconds=0.05) as (made, registry):
        answer = await made.call("other", method, "/", headers=headers)
        assert answer.status_code == 200
        assert sample(registry, "dependency_retries_total") == 1
    assert len(other.requests) == 2


@pytest.mark.parametrize(
    ("method", "bad"), [("POST", 503), ("POST", httpx.ConnectError("refused")), ("GET", 500)]
)
async def test_nothing_else_is_tried_again(method: str, bad: Any) -> None:
    other = Other(bad)
    async with connected(other) as (made, registry):
        with pytest.raises(DependencyError):
            await made.call("other", method, "/")
        assert sample(registry, "dependency_retries_total") == 0
    assert len(other.requests) == 1


async def test_the_only_try_has_all_the_time() -> None:
    async with connected(Other(0.1), timeout=5, try_seconds=0.02) as (made, _):
        assert (await made.call("other", "POST", "/")).status_code == 200


async def test_a_call_ends_in_time_however_slow_the_other_is() -> None:
    other = Other(*[3600.0] * 9)
    async with connected(other, timeout=0.2, try_seconds=0.1) as (made, _):
        async with asyncio.timeout(2 * PATIENCE):
            with pytest.raises(DependencyError, match=r"other: no answer within 0\.\d+ s"):
                await made.call("other", "GET", "/")


async def test_who_keeps_failing_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0.2)
    other = Other(*[500] * calls.FAILURES)
    async with connected(other) as (made, registry):
        for _ in range(calls.FAILURES):
            with pytest.raises(DependencyError, match="answered 500"):
                await made.call("other", "GET", "/")
        assert sample(registry, "dependency_breaker_state") == 2
        with pytest.raises(NotAskedError):
            await made.call("other", "GET", "/")
        assert len(other.requests) == calls.FAILURES
        # The breaker of one is not that of another.
        assert (await made.call("auth", "GET", "/")).status_code == 200
        async with asyncio.timeout(5 * PATIENCE):
            while True:
                try:
                    await made.call("other", "GET", "/")
                except NotAskedError:
                    await asyncio.sleep(0.02)
                    continue
                break
        assert sample(registry, "dependency_breaker_state") == 0


async def test_who_refuses_is_well() -> None:
    other = Other(*[422] * 20)
    async with connected(other) as (made, registry):
        for _ in range(20):
            with pytest.raises(RefusedError, match="answered 422"):
                await made.call("other", "GET", "/")
        assert sample(registry, "dependency_breaker_state") == 0


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (400, 400),
        (402, 402),
        (403, 403),
        (404, 404),
        (409, 409),
        (410, 410),
        (413, 413),
        (414, 414),
        (422, 422),
        (429, 429),
        (431, 431),
        (401, 502),
        (500, 502),
    ],
)
async def test_a_caller_is_told_what_the_caller_can_mend(answer: int, told: int) -> None:
    async with connected(Other(answer)) as (made, _):
        with pytest.raises(DependencyError) as raised:
            await made.call("other", "POST", "/")
    problem = raised.value.problem()
    assert problem.status == told
    assert (problem.detail == "said by other") == (told == answer)
    assert "Retry-After" in problem.headers or told == answer


async def test_one_that_does_not_answer_is_a_503() -> None:
    async with connected(Other(httpx.ConnectError("refused"))) as (made, _):
        with pytest.raises(DependencyError) as raised:
            await made.call("other", "POST", "/")
    assert raised.value.problem().status == 503
    async with connected(Other()) as (made, _):
        with pytest.raises(DependencyError, match=r"payments: is not known here\. Set PAYMENTS_U"):
            await made.call("payments", "GET", "/")


@asynccontextmanager
async def in_its_own_name(*answers: int) -> AsyncIterator[tuple[Peers, list[str]]]:
    """Calls of a service for itself, and the tokens that the other saw."""
    seen: list[str] = []
    granted: list[httpx.Request] = []
    left = list(answers)

    async def both(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth":
            granted.append(request)
            content = {"access_token": f"t{len(granted)}", "expires_in": 600}
            return httpx.Response(200, json=content)
        seen.append(request.headers["authorization"].removeprefix("Bearer "))
        return httpx.Response(left.pop(0) if left else 200, json={})

    async with connected(both) as (made, _):
        service: Any = SimpleNamespace(dependencies=made, own_token=OwnToken(made, "api", "hidden"))
        yield as_itself(service), seen
    assert b'"client_id":"api"' in granted[0].content


async def test_a_refused_token_of_its_own_is_replaced_at_once() -> None:
    async with in_its_own_name(200, 200, 401) as (peers, seen):
        await asyncio.gather(*(peers.get("other", "/", dict[str, Any]) for _ in range(2)))
        await peers.post("other", "/", dict[str, Any])
        await peers.get("other", "/", dict[str, Any])
    assert seen == ["t1", "t1", "t1", "t2", "t2"]


async def test_a_second_token_that_is_refused_is_the_last() -> None:
    async with in_its_own_name(401, 401) as (peers, seen):
        with pytest.raises(RefusedError):
            await peers.get("other", "/", dict[str, Any])
        await peers.get("other", "/", dict[str, Any])
    assert seen == ["t1", "t2", "t2"]


async def test_what_a_service_may_not_do_itself_is_no_callers_fault() -> None:
    async with in_its_own_name(403) as (peers, _):
        with pytest.raises(DependencyError) as raised:
            await peers.get("other", "/", dict[str, Any])
    assert raised.value.problem().status == 502


async def test_a_callers_token_that_is_refused_is_not_tried_again() -> None:
    other = Other(401)
    async with connected(other) as (made, _):
        service: Any = SimpleNamespace(dependencies=made, settings=Settings("api", "1", "p://h/d"))
        scope = {"type": "http", "headers": [(b"authorization", b"Bearer t")]}
        with pytest.raises(RefusedError):
            await as_caller(Call(service, Request(scope), None)).get("other", "/", Any)
    assert len(other.requests) == 1


@pytest.mark.parametrize(
    ("peer", "lines", "told"),
    [
        # A client invents a line, and the edge adds its own.
        ("10.1.2.3", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("10.1.2.3", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.1.2.3", [], None),
    ],
)
async def test_the_others_are_told_the_callers_own_address(
    peer: str, lines: list[str], told: str | None
) -> None:
    other = Other()
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope = {"type": "http", "client": (peer, 4711), "headers": headers}
    trusted = Limits(trusted=(ipaddress.ip_network("10.0.0.0/8"),))
    settings = Settings("api", "1", "postgresql://nowhere/d", limits=trusted)
    async with connected(other) as (made, _):
        service: Any = SimpleNamespace(dependencies=made, settings=settings)
        peers = as_caller(Call(service, Request(scope), None))
        await peers.get("other", "/", dict[str, Any])
    assert other.requests[0].headers.get("x-forwarded-for") == told


async def test_without_a_secret_there_is_no_own_token() -> None:
    async with connected(Other()) as (made, _):
        with pytest.raises(DependencyError, match="Set CLIENT_SECRET"):
            await OwnToken(made, "api", None).get()


async def test_an_answer_that_does_without_says_so() -> None:
    lenient = Lenient()

    async def answer(error: DependencyError | None) -> str:
        if error is not None:
            raise error
        return "here"

    nothing = RefusedError("spots", httpx.Response(404))
    assert await lenient.ask(answer(None)) == "here"
    assert await lenient.ask(answer(nothing)) is None
    assert lenient.headers == {}
    assert await lenient.ask(answer(DependencyError("weather", "is away"))) is None
    assert lenient.headers == {"X-Degraded": "weather"}


def test_authorities_are_read_where_a_url_needs_them() -> None:
    assert calls._trust(["http://auth", "https://other"]) is True
    nobody = calls._trust(["http://auth", "http://other"])
    assert isinstance(nobody, ssl.SSLContext)
    assert (nobody.verify_mode, nobody.get_ca_certs()) == (ssl.CERT_REQUIRED, [])
