"""A service that is no Python is released from its source, and as an image built elsewhere."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo.traffic import Request, Traffic, account
from sandbox.parts.context import Context
from sandbox.parts.services import ENVIRONMENTS
from sandbox.steps import Cancellation
from sandbox.toolchain.golang import find_go
from tests.pipelines.releases.releasing import Releases
from tests.sandbox.test_charts import helm

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(1500)]

# Of the twelve, the one that offers users least: its end-to-end tests are those of the contract.
SERVICE = "jobs"
_CODE = Path(__file__).parent / "in_go"
_BUILD_SECONDS = 180


def _uninstall(context: Context) -> None:
    for environment in ENVIRONMENTS:
        listed = json.loads(helm(context, f"helm list --namespace {environment} --output json"))
        if f"fieldday-{SERVICE}" in {release["name"] for release in listed}:
            helm(context, f"helm uninstall fieldday-{SERVICE} --namespace {environment}")


@pytest.fixture
def source(sandbox: Context) -> Iterator[Path]:
    """A folder with the program and what says how it is built; what ran of it is gone then."""
    folder = sandbox.layout.folder(sandbox.layout.sources) / "in-go"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    go = find_go(sandbox.layout, lambda _: None, Cancellation())
    subprocess.run(
        (go.program, "build", "-trimpath", "-o", folder / "server", "."),
        cwd=_CODE,
        env={**go.environment, "CGO_ENABLED": "0"},
        check=True,
        timeout=_BUILD_SECONDS,
    )
    shutil.copy(_CODE / "build.yaml", folder)
    _uninstall(sandbox)
    yield folder
    _uninstall(sandbox)


def _start(releases: Releases, version: str, source: Path | None) -> str:
    return releases.operator.trigger(
        {
            "services": [SERVICE],
            "reason": f"Test of {version}",
            "version": version,
            "source": str(source) if source else None,
            "strategy": "rolling",
            "gate_seconds": 8,
        }
    )


def test_a_static_program_is_released(releases: Releases, sandbox: Context, source: Path) -> None:
    first = releases.version("in-go")
    run = _start(releases, first, source)
    assert releases.follow(run) == "success", releases.evidence(run)["reason"]
    evidence = releases.evidence(run)
    assert evidence["outcome"] == "promoted"
    assert [check["text"] for check in evidence["checks"]["checks"]] == ["1 passed"]
    assert {status for _, status, _ in evidence["scan"]["lines"]} == {"not scanned"}
    assert releases.running(SERVICE) == (first, False)

    # As another pipeline would push it: without a word on its source.
    second = releases.version("elsewhere")
    at = f"127.0.0.1:{sandbox.ports['registry']}/fieldday/{SERVICE}"
    crane = str(sandbox.layout.bin / "crane")
    relabelled = ("--label", "org.opencontainers.image.revision=", "--tag", f"{at}:{second}")
    subprocess.run((crane, "mutate", f"{at}:{first}", *relabelled), check=True, timeout=60)
    host = f"{SERVICE}.fieldday.localhost"
    with Traffic(
        sandbox.ports.url("edge"), host, rate=10, request=lambda _: Request("GET", "/")
    ) as traffic:
        run = _start(releases, second, None)
        state = releases.follow(run)
    evidence = releases.evidence(run)
    assert (state, evidence["outcome"]) == ("success", "promoted"), evidence["reason"]
    assert evidence["plan"]["services"][0]["built_from"] == "unknown"
    assert evidence["checks"] == {"skipped": "released without a source"}
    assert evidence["scan"]["lines"] == [
        ["image", "not scanned", f"{SERVICE} was built before, from unknown"]
    ]
    assert releases.running(SERVICE) == (second, False)
    met = account(traffic.answers, second)
    assert (met.failed, met.bad) == (0, 0), met


def test_a_version_that_nobody_built_is_refused(releases: Releases) -> None:
    run = _start(releases, releases.version("nowhere"), None)
    assert releases.follow(run, answer=None) == "failed"
    evidence = releases.evidence(run)
    assert evidence["outcome"] == "refused"
    assert "is not in the registry" in evidence["reason"]
