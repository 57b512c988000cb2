"""The application by its ASGI interface, without a database: headers, metrics, problems, faults."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import services
from reference.app import application
from reference.documents import Documents
from reference.faults import Faults
from reference.logs import JsonFormatter
from reference.observed import Draining
from reference.service import assemble
from reference.settings import Settings

Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def client() -> Client:
    """A client of a service under the given faults; its database is never there."""

    @asynccontextmanager
    async def connected(
        name: str = "analytics",
        *,
        draining: bool = False,
        dependencies: dict[str, str] | None = None,
        **faults: Any,
    ) -> AsyncIterator[httpx.AsyncClient]:
        settings = Settings(
            name,
            "1.4.2",
            "postgresql://nowhere/d",
            track="candidate",
            dependencies=dependencies or {},
            dependency_timeout_seconds=1,
        )
        service = assemble(settings, Faults(**faults), Draining(draining))
        transport = httpx.ASGITransport(application(service, services.load(name)))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}") as made:
            yield made
        await service.close()

    return connected


async def test_every_answer_says_who_it_is_from(client: Client) -> None:
    async with client() as api:
        for path in ("/", "/livez", "/readyz", "/nothing", "/v1/events"):
            headers = (await api.get(path, headers={"X-Request-Id": "r-1"})).headers
            assert headers["x-service"] == "analytics"
            assert headers["x-version"] == "1.4.2"
            assert headers["x-track"] == "candidate"
            assert headers["x-request-id"] == "r-1"
            assert "x-fault" not in headers


async def test_metrics_count_by_template_and_leave_probes_out(client: Client) -> None:
    async with client("discovery") as api:
        for path in ("/", "/livez", "/readyz", "/v1/sessions/not-a-uuid", "/wp-login.php", "/x"):
            await api.get(path)
        await api.request("BREW", "/")
        text = (await api.get("/metrics")).text
    lines = {line for line in text.splitlines() if line.startswith("http_requests_total{")}
    expected = {
        ("GET", "/", "200", "1.0"),
        ("GET", "/v1/sessions/{session}", "422", "1.0"),
        ("GET", "unmatched", "404", "2.0"),
        ("other", "/", "405", "1.0"),
    }
    assert {_labels(line) for line in lines} == expected
    assert all('service="discovery"' in line and 'version="1.4.2"' in line for line in lines)
    assert 'le="0.5"' in text
    assert "http_request_duration_seconds_bucket" in text
    assert "livez" not in text


def _labels(line: str) -> tuple[str, str, str, str]:
    body, value = line.removeprefix("http_requests_total{").rsplit("} ", 1)
    labels = dict(part.split("=", 1) for part in body.split(","))
    assert labels["track"] == '"candidate"'
    return (*(labels[name].strip('"') for name in ("method", "route", "status")), value)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("DELETE", "/v1/events", None, 405),
        ("GET", "/v1/events", None, 401),
        ("POST", "/v1/events", b'{"name": "x"}', 503),
        ("POST", "/v1/events", b"{", 400),
        ("POST", "/v1/events", b"\xff\xfe", 400),
        ("POST", "/v1/events", b'{"name": "x", "properties": {"a":' + b"[" * 60_000, 422),
        ("POST", "/v1/events", b'{"name": "x", "properties": {"n": 1e999}}', 422),
        ("POST", "/v1/events", b'{"name": "\\ud800"}', 400),
        ("POST", "/v1/events", b"[]", 422),
        ("POST", "/v1/events", b'{"name": ""}', 422),
        ("POST", "/v1/events", b'{"name": "a\\u0000"}', 422),
        ("POST", "/v1/events", b'{"name": "a", "properties": 1}', 422),
        ("POST", "/v1/events", b'{"name": "a", "other": 1}', 422),
        ("POST", "/v1/events", b"x" * 65_537, 413),
    ],
)
async def test_errors_are_problem_documents(
    client: Client, method: str, path: str, content: bytes | None, status: int
) -> None:
    async with client() as api:
        is_problem(await api.request(method, path, content=content), status)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 503),
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=%C2%B2", 422),
        ("activity=a%00b", 422),
        ("spot=A'--", 422),
        ("spot=lake%0A", 422),
    ],
)
async def test_a_query_is_checked(client: Client, query: str, status: int) -> None:
    async with client("discovery") as discovery:
        is_problem(await discovery.get(f"/v1/sessions?{query}"), status)


def is_problem(answer: httpx.Response, status: int) -> None:
    """Check that this is a problem document of this status."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"].endswith(".")


async def test_a_body_without_length_is_limited_too(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    async with client() as api:
        answer = await api.post("/v1/events", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize("service", ["analytics", "api"])
@pytest.mark.parametrize(("depth", "status"), [(98, 503), (99, 422), (970, 422), (10_000, 422)])
async def test_a_body_is_not_nested_too_deeply(
    client: Client, service: str, depth: int, status: int
) -> None:
    nested = '{"a":' * (depth // 2) + "[" * (depth - depth // 2)
    nested += "]" * (depth - depth // 2) + "}" * (depth // 2)
    if service == "analytics":
        path, content = "/v1/events", f'{{"name": "e", "properties": {{"a": {nested}}}}}'
    else:
        path, content = (
            "/graphql",
            f'{{"query": "{{sessions{{id}}}}", "variables": {{"a": {nested}}}}}',
        )
    async with client(service) as api:
        answer = await api.post(path, content=content.encode())
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["detail"].startswith("The body is nested more than 100 deep.")


@pytest.mark.parametrize("text", ["[" * 200, '\\"' * 100 + "{" * 200, "[]{}" * 200])
async def test_brackets_in_a_text_nest_nothing(client: Client, text: str) -> None:
    async with client() as api:
        answer = await api.post(
            "/v1/events", json={"name": "e", "properties": {"a": text, "b": [[]] * 200}}
        )
    assert answer.status_code == 503


async def test_another_media_type_is_refused(client: Client) -> None:
    async with client() as api:
        answer = await api.post("/v1/events", data={"name": "x"})
    assert answer.status_code == 415


async def test_injected_errors_are_marked_and_spare_probes(client: Client) -> None:
    async with client(error_rate=0.5) as api:
        answers = [await api.get("/") for _ in range(10)]
        assert (await api.get("/livez")).status_code == 200
    failed = [a for a in answers if a.status_code == 500]
    assert len(failed) == 5
    assert all(a.headers["x-fault"] == "injected" for a in failed)
    assert all("x-fault" not in a.headers for a in answers if a.is_success)


async def test_injected_latency(client: Client) -> None:
    async with client(latency_ms=50) as api:
        answer = await api.get("/")
        assert "x-fault" not in (await api.get("/livez")).headers
        text = (await api.get("/metrics")).text
    assert answer.headers["x-fault"] == "injected"
    total = next(x for x in text.splitlines() if "duration_seconds_sum" in x)
    assert float(total.rsplit(" ", 1)[1]) >= 0.05


async def test_metrics_are_not_for_the_world(client: Client) -> None:
    async with client() as api:
        assert (await api.get("/metrics")).status_code == 200
        # As every edge says where a request comes from.
        through = await api.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert through.status_code == 404
    assert "requests_total" not in through.text


async def test_never_ready_no_metrics_and_draining(client: Client) -> None:
    async with client(never_ready=True, no_metrics=True) as api:
        assert (await api.get("/metrics")).status_code == 404
        answer = await api.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "never ready, on purpose\n")
        assert (await api.get("/livez")).status_code == 200
    async with client(draining=True) as api:
        answer = await api.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "draining\n")
        assert (await api.get("/")).headers["connection"] == "close"


async def test_an_unexpected_error_is_a_problem_and_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Documents, "newest", broken)
    async with client("discovery") as api:
        answer = await api.get("/v1/sessions")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    record = next(r for r in caplog.records if r.message == "unexpected error")
    assert record.exc_info is not None
    settings = Settings("api", "1", "postgresql://u:hidden@h/d")
    line = JsonFormatter(settings).format(record)
    assert "\n" not in line
    assert "hidden" not in line
    assert json.loads(line)["exception"]["type"] == "ZeroDivisionError"


async def test_each_request_is_one_log_line(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "reference")
    async with client("discovery") as api:
        await api.get("/v1/sessions?spot=private")
    (record,) = [r for r in caplog.records if r.message == "request"]
    fields = record.__dict__["fields"]
    assert (fields["route"], fields["status"]) == ("/v1/sessions", 503)
    assert "private" not in str(fields)


async def test_a_dependency_that_is_down_is_a_502(client: Client) -> None:
    async with client(dependencies={"auth": "http://127.0.0.1:1"}) as api:
        answer = await api.get("/v1/dependencies")
    assert answer.status_code == 502
    (outcome,) = answer.json()["dependencies"]
    assert (outcome["name"], outcome["ok"], outcome["error"]) == ("auth", False, "ConnectError")


async def test_only_those_that_are_named_are_asked(client: Client) -> None:
    down = {"auth": "http://127.0.0.1:1", "jobs": "http://127.0.0.1:1"}
    async with client(dependencies=down) as api:
        answers = [
            await api.get("/v1/dependencies", params={"among": among})
            for among in ("", "conditions", "auth,conditions")
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 502]
    assert answers[1].json() == {"dependencies": []}
    assert [outcome["name"] for outcome in answers[2].json()["dependencies"]] == ["auth"]


@settings(max_examples=50)
@given(st.text(), st.recursive(st.none() | st.booleans() | st.text(), st.lists))
def test_nul_alone_is_refused_in_data(key: str, data: object) -> None:
    async def keep() -> httpx.Response:
        body = {"name": "x", "properties": {key: data}}
        service = assemble(Settings("analytics", "1", "postgresql://nowhere/d"), Faults())
        transport = httpx.ASGITransport(application(service, services.load("analytics")))
        async with httpx.AsyncClient(transport=transport, base_url="http://analytics") as made:
            return await made.post("/v1/events", json=body)

    # 503: it is good, and there is no database to keep it.
    assert asyncio.run(keep()).status_code == (422 if "\0" in key or _has_nul(data) else 503)


def _has_nul(data: object) -> bool:
    if isinstance(data, list):
        return any(_has_nul(item) for item in data)
    return isinstance(data, str) and "\0" in data
