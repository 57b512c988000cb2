"""The gate's trigger, against servers on loopback that play the API server and Prometheus."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from airflow.triggers.base import TriggerEvent

from fieldday.airflow.release import gate_trigger
from fieldday.airflow.release.gate_trigger import (
    GateTrigger,
    result_of,
    result_to_json,
    watch_of,
    watch_to_json,
)
from fieldday.releases.rollout import Analysis, AnalysisResult
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch
from tests.unit.fieldday.airflow.programs_model import deployment

NEW = Version("2", "sha256:2")
READY = Analysis("candidate", NEW, traffic=False)
SERVES = Analysis("candidate", NEW, traffic=True, weight=10)


def task(analysis: Analysis = READY) -> Watch:
    return Watch("api", "production", analysis, "1", started=1000.0, gate_seconds=10)


class Clock:
    """Moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class Servers:
    """What the API server has, what Prometheus says, and how often the former fails first."""

    def __init__(self) -> None:
        self.things: dict[str, list[Any]] = {
            "deployments": [deployment("candidate", "2")],
            "pods": [],
        }
        self.failures: list[str] = []
        self.asked: list[str] = []
        self.queries: list[str] = []
        self.errors = 0

    async def kubernetes(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.path}?{request.query['labelSelector']}")
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "drop":
            assert request.transport is not None
            request.transport.close()
        if failure in ("403", "503"):
            body = {"kind": "Status", "message": "it is so"}
            return web.json_response(body, status=int(failure))
        if failure == "text":
            return web.Response(text="<html>")
        if failure == "list":
            return web.json_response([])
        if failure == "null":
            return web.json_response({"items": None})
        # As the API server has them: items of a list don't say their kind.
        items = [
            {key: value for key, value in thing.items() if key != "kind"}
            for thing in self.things[request.path.rpartition("/")[2]]
        ]
        return web.json_response({"items": items})

    async def prometheus(self, request: web.Request) -> web.Response:
        query = str((await request.post())["query"])
        self.queries.append(query)
        result = [{"metric": {}, "value": [0, "0"]}]
        if query.startswith("sum by (status)"):
            counts = {"200": 100 - self.errors, "500": self.errors}
            result = [{"metric": {"status": s}, "value": [0, str(n)]} for s, n in counts.items()]
        if query.startswith("histogram_quantile"):
            result = [{"metric": {}, "value": [0, "0.05"]}]
        return web.json_response({"status": "success", "data": {"result": result}})


@pytest.fixture
async def servers(
    connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Servers]:
    found = Servers()
    application = web.Application()
    application.router.add_get("/apis/apps/v1/namespaces/production/{kind}", found.kubernetes)
    application.router.add_get("/api/v1/namespaces/production/{kind}", found.kubernetes)
    application.router.add_post("/api/v1/query", found.prometheus)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "x", "user": {}}],
    }
    connect("kubernetes_default", conn_type="kubernetes", extra={"kube_config": kubeconfig})
    connect("prometheus_default", conn_type="http", host="127.0.0.1", port=port)
    yield found
    await runner.cleanup()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time passes only while the trigger waits."""
    found = Clock()
    watch = functools.partial(gate_trigger.watch, now=found.now, sleep=found.sleep)
    monkeypatch.setattr(gate_trigger, "watch", watch)
    return found


async def result(task: Watch) -> AnalysisResult:
    """The one event of a trigger that was started elsewhere meanwhile."""
    path, kwargs = GateTrigger(watch_to_json(task)).serialize()
    assert path == "fieldday.airflow.release.gate_trigger.GateTrigger"
    events = [event async for event in GateTrigger(**json.loads(json.dumps(kwargs))).run()]
    (event,) = events
    assert isinstance(event, TriggerEvent)
    return result_of(json.loads(json.dumps(event.payload)))


@pytest.mark.parametrize("analysis", [READY, SERVES])
def test_what_is_waited_for_survives_the_database(analysis: Analysis) -> None:
    waited = replace(task(analysis), earliest=7, stable_tag=None)
    assert watch_of(json.loads(json.dumps(watch_to_json(waited)))) == waited


def test_a_verdict_survives_the_database() -> None:
    found = AnalysisResult(False, SERVES, "errors 5 %", {"requests": 20.0, "p95_seconds": None})
    again = result_of(json.loads(json.dumps(result_to_json(found))))
    assert again == found
    assert again.figures == found.figures


async def test_pods_that_are_ready_are_good_without_metrics(servers: Servers, clock: Clock) -> None:
    assert await result(task()) == AnalysisResult(True, READY, "1 of 1 pods ready")
    assert servers.asked == [
        "/apis/apps/v1/namespaces/production/deployments?app.kubernetes.io/instance=fieldday-api",
        "/api/v1/namespaces/production/pods?app.kubernetes.io/instance=fieldday-api",
    ]
    assert servers.queries == []


async def test_traffic_is_judged_by_prometheus(servers: Servers, clock: Clock) -> None:
    found = await result(task(SERVES))
    assert found.good
    assert found.analysis == SERVES
    assert found.figures["requests"] == 100
    assert found.figures["stable_requests"] == 100
    assert clock.at == 1010
    assert any('track="candidate",version="2"' in query for query in servers.queries)
    assert any('track="stable",version="1"' in query for query in servers.queries)


async def test_errors_end_it_early(servers: Servers, clock: Clock) -> None:
    servers.errors = 30
    found = await result(task(SERVES))
    assert not found.good
    assert "errors 30 % (limit 1 %)" in found.reason
    assert clock.at == 1000


async def test_a_crashing_pod_is_found(servers: Servers, clock: Clock) -> None:
    labels = {"fieldday.io/track": "candidate", "app.kubernetes.io/version": "2"}
    crashed = {"restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    servers.things["pods"] = [
        {"metadata": {"name": "p", "labels": labels}, "status": {"containerStatuses": [crashed]}}
    ]
    assert (await result(task())).reason == "pod p is in CrashLoopBackOff"


@pytest.mark.parametrize("failure", ["503", "403", "text", "list", "null", "drop"])
async def test_an_api_server_that_fails_for_a_moment_is_asked_again(
    servers: Servers, clock: Clock, failure: str
) -> None:
    servers.failures = [failure] * 3
    assert (await result(task())).good
    # The client itself asks again when a connection is dropped.
    assert clock.at == (1002 if failure == "drop" else 1006)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("403", "may not list Deployments in production (403 'it is so')"),
        ("503", "is unreachable (it answers 503 'it is so')"),
        ("null", "it answers 200 '{"),
        ("drop", "ServerDisconnectedError"),
    ],
)
async def test_one_that_fails_for_long_is_a_bad_verdict_in_words(
    servers: Servers, clock: Clock, failure: str, said: str
) -> None:
    servers.failures = [failure] * 80
    found = await result(task())
    assert not found.good
    assert found.analysis == READY
    assert found.reason.startswith("can't be analyzed for 60 s: cluster: ")
    assert said in found.reason
    assert "\n" not in found.reason
