"""The gate's trigger over real pods, metrics and users: the ways in which a version is bad.

`test_release.py` has what a release makes of an analysis result.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

import tests.airflow_home  # noqa: F401 - before anything imports Airflow
from fieldday.images.build import build
from fieldday.releases.rollout import Analysis
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch
from sandbox.demo.traffic import USERS, Traffic, account
from sandbox.demo.users import sign_up
from sandbox.demo.versions import make
from sandbox.parts import airflow_settings
from sandbox.parts.context import Context
from tests.pipelines.releases.releasing import Releases
from tests.sandbox.test_charts import helm

# Airflow and its providers warn about each other's age when they are imported.
pytestmark = [
    pytest.mark.pipelines,
    pytest.mark.timeout(7200),
    pytest.mark.filterwarnings("ignore"),
]

_INSTALL = (
    "helm upgrade --install fieldday-api ./helm/api --namespace production "
    "--values ./helm/api/values-production.yaml --values ./helm/api/values-sandbox.yaml"
)
# What the edge can do for the share of a version whose only pod is down: say so, or end a
# connection that was kept open. The version made that.
WITHOUT_A_POD = {
    "status 503 by the edge",
    "GET: RemoteProtocolError: Server disconnected without sending a response.",
}


@pytest.fixture(autouse=True)
def _as_in_the_sandbox_s_airflow(sandbox: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections, and the programs that its workers find."""
    monkeypatch.delenv("FIELDDAY_GATE_LATENCY_SECONDS")
    for name, value in airflow_settings.environment(sandbox).items():
        if name.startswith("AIRFLOW_CONN_") or name == "PATH":
            monkeypatch.setenv(name, value)


@pytest.fixture
def stable(releases: Releases, sandbox: Context) -> Iterator[str]:
    """The version that production runs; again alone when the test has ended."""
    version, has_candidate = releases.running()
    assert not has_candidate
    yield version
    helm(sandbox, _INSTALL, "--set-string", f"image.tag={version}")


def result(stable: str, version: str, *, traffic: bool) -> dict[str, Any]:
    """What the trigger says of a candidate."""
    from fieldday.airflow.release.gate_trigger import GateTrigger

    analysis = Analysis("candidate", Version(version), traffic=traffic, weight=10 if traffic else 0)
    watch = Watch("api", "production", analysis, stable, started=time.time(), gate_seconds=8)

    async def first() -> Any:
        (event,) = [event async for event in GateTrigger(asdict(watch)).run()]
        return event.payload

    found: dict[str, Any] = asyncio.run(first())
    return found


@pytest.mark.parametrize(
    ("name", "faults", "said"),
    [
        ("latency", {"latency_ms": 800}, "p95 "),
        ("crash-loop", {"crash_after_seconds": 4}, "restarted|CrashLoopBackOff"),
        ("no-metrics", {"no_metrics": True}, "no data"),
    ],
)
def test_a_bad_version_is_found(
    releases: Releases,
    sandbox: Context,
    stable: str,
    name: str,
    faults: dict[str, Any],
    said: str,
) -> None:
    version = releases.version(f"gate-{name}")
    registry = f"127.0.0.1:{sandbox.ports['registry']}"
    build(make(sandbox.layout, version, faults), "api", version, registry)
    versions = ("--set-string", f"image.tag={stable},candidate.tag={version}")
    edge = sandbox.ports.url("edge")
    users = sign_up(edge, "fieldday.localhost", USERS)
    with Traffic(edge, "api.fieldday.localhost", users=users) as traffic:
        helm(sandbox, _INSTALL, *versions, "--set", "candidate.enabled=true,candidate.weight=0")
        found = result(stable, version, traffic=False)
        if found["good"]:
            helm(
                sandbox, _INSTALL, *versions, "--set", "candidate.enabled=true,candidate.weight=10"
            )
            found = result(stable, version, traffic=True)
        helm(sandbox, _INSTALL, "--set-string", f"image.tag={stable}")
    print(name, found["reason"])
    assert not found["good"]
    assert re.search(said, found["reason"]), found["reason"]
    met = account(traffic.answers, version)
    assert set(met.problems) <= (WITHOUT_A_POD if name == "crash-loop" else set()), met
