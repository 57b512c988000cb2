"""What is measured: names and labels as Prometheus recommends, and series that stay few."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from prometheus_client.parser import text_string_to_metric_families

from reference import event_loop, services
from reference.app import application
from reference.database import Database, StoreUnavailableError
from reference.dependencies import FAILURES, Dependencies
from reference.dependency_errors import DependencyError
from reference.faults import Faults
from reference.metrics import Metrics
from reference.service import assemble
from reference.settings import Settings

SETTINGS = Settings("api", "1.4.2", "postgresql://nowhere/d", track="candidate")


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and its own labels."""
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            own = {k: v for k, v in sample.labels.items() if k not in {"service", "track"}}
            own.pop("version", None)
            found[sample.name, frozenset(own.items())] = sample.value
    return found


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """One sample; 0 where there is none."""
    return samples(metrics).get((name, frozenset(labels.items())), 0.0)


async def until(met: Callable[[], bool]) -> None:
    """Wait until a metric says so, which nothing but reading it can tell."""
    async with asyncio.timeout(10 * PATIENCE):
        while not met():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.001)


def test_names_are_as_prometheus_recommends() -> None:
    """https://prometheus.io/docs/practices/naming/."""
    metrics = Metrics(SETTINGS)
    metrics.answered("GET", "/", 200, 0.1)
    metrics.payment_failed("card_declined")
    metrics.dependency_called("auth", "ok", 0.1)
    for family in text_string_to_metric_families(metrics.text().decode()):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name)
        assert family.documentation
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
        if family.type == "counter":
            assert all(s.name.endswith(("_total", "_created")) for s in family.samples)
        if not family.name.startswith("process_"):
            for sample in family.samples:
                assert sample.labels.items() >= {
                    ("service", "api"),
                    ("version", "1.4.2"),
                    ("track", "candidate"),
                }


def test_reasons_of_a_providers_invention_are_one_series() -> None:
    metrics = Metrics(SETTINGS)
    for number in range(100):
        metrics.payment_failed(f"reason-{number}")
    metrics.payment_failed("reason-3")
    series = [key for key in samples(metrics) if key[0] == "payment_failures_total"]
    assert len(series) == 21
    assert value(metrics, "payment_failures_total", reason="other") == 80
    assert value(metrics, "payment_failures_total", reason="reason-3") == 2


def test_a_queue_has_a_depth() -> None:
    metrics = Metrics(SETTINGS)
    metrics.queue_depth("notification", 7)
    metrics.queue_depth("notification", 3)
    assert value(metrics, "queue_depth", queue="notification") == 3


async def test_requests_in_flight_are_counted_down_again() -> None:
    service = assemble(Settings("api", "1", "postgresql://nowhere/d"), Faults(latency_ms=200))
    transport = httpx.ASGITransport(application(service, services.load("api")))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        waiting = [asyncio.create_task(client.get("/")) for _ in range(3)]
        await until(lambda: value(service.metrics, "http_requests_in_flight") == 3)
        await asyncio.gather(*waiting)
    assert value(service.metrics, "http_requests_in_flight") == 0
    await service.close()


async def test_a_blocked_event_loop_is_seen() -> None:
    metrics = Metrics(SETTINGS)
    watch = asyncio.create_task(event_loop.watch(metrics, interval=0.01))
    await asyncio.sleep(0.005)
    time.sleep(0.3)  # noqa: ASYNC251 - blocking it is the test
    await until(lambda: value(metrics, "event_loop_lag_seconds_sum") > 0.2)
    watch.cancel()


@asynccontextmanager
async def _server(status: int) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (404, "refused"), (500, "failed"), (None, "unanswered")]
)
async def test_a_call_is_measured_by_how_it_ended(status: int | None, outcome: str) -> None:
    metrics = Metrics(SETTINGS)
    async with _server(status or 200) as url:
        where = url if status else "http://127.0.0.1:1"
        dependencies = Dependencies({"auth": where}, 2, metrics)
        try:
            await dependencies.call("auth", "POST", "/")
        except DependencyError:
            assert outcome != "ok"
        await dependencies.close()
    counted = {
        dict(labels)["outcome"]: count
        for (name, labels), count in samples(metrics).items()
        if name == "dependency_call_duration_seconds_count"
    }
    assert counted == {outcome: 1}


async def test_a_dependency_that_is_left_alone_is_told_apart() -> None:
    metrics = Metrics(SETTINGS)
    dependencies = Dependencies({"auth": "http://127.0.0.1:1"}, 2, metrics)
    for _ in range(FAILURES + 2):
        with pytest.raises(DependencyError):
            await dependencies.call("auth", "POST", "/")
    await dependencies.close()
    name = "dependency_call_duration_seconds_count"
    assert value(metrics, name, dependency="auth", outcome="unanswered") == FAILURES
    assert value(metrics, name, dependency="auth", outcome="not_asked") == 2
    assert value(metrics, "dependency_breaker_state", dependency="auth") == 2


async def test_without_a_database_nothing_of_it_is_measured() -> None:
    metrics = Metrics(SETTINGS)
    with pytest.raises(StoreUnavailableError):
        async with Database("postgresql://nowhere/d", metrics).connection("newest"):
            pass
    assert not [key for key in samples(metrics) if key[0].startswith("database_query")]


@pytest.mark.sandbox
async def test_the_pool_and_its_uses_are_measured(postgresql: Any) -> None:
    metrics = Metrics(SETTINGS)
    database = Database(postgresql.url, metrics, connections=2)
    await database.open()
    held = asyncio.Event()

    async def use() -> None:
        async with database.connection("newest") as connection:
            await connection.fetchval("SELECT 1")
            await held.wait()

    uses = [asyncio.create_task(use()) for _ in range(5)]
    await until(
        lambda: (
            value(metrics, "database_pool_waiting") == 3
            and value(metrics, "database_pool_connections", state="in_use") == 2
        )
    )
    assert value(metrics, "database_pool_max_connections") == 2
    assert value(metrics, "database_pool_connections", state="idle") == 0
    held.set()
    await asyncio.gather(*uses)
    assert value(metrics, "database_pool_waiting") == 0
    assert value(metrics, "database_pool_connections", state="idle") == 2
    assert value(metrics, "database_pool_acquire_seconds_count") == 5
    assert value(metrics, "database_query_duration_seconds_count", use="newest") == 5
    await database.close()


@pytest.mark.sandbox
async def test_an_exhausted_pool_is_said(
    postgresql: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("reference.database.CONNECT_SECONDS", 0.2)
    database = Database(postgresql.url, connections=1)
    await database.open()
    async with database.connection("newest"):
        with pytest.raises(StoreUnavailableError):
            async with database.connection("newest"):
                pass
    assert "pool exhausted" in [record.message for record in caplog.records]
    await database.close()
