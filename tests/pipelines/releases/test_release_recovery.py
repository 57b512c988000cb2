"""Kills in the middle of a canary: the release goes on, and no user notices."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from sandbox.demo.airflow import until
from sandbox.parts.context import Context
from sandbox.supervisor import Supervisor
from tests.patience import PATIENCE
from tests.pipelines.releases.releasing import Releases

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def helm_of(weight: int) -> psutil.Process | None:
    """The upgrade that sets this weight, while it runs."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "upgrade" in words and f"candidate.weight={weight}" in words:
            return process
    return None


def kill_worker_at(weight: int) -> None:
    found: list[psutil.Process] = []

    def is_there() -> bool:
        try:
            process = helm_of(weight)
            parent = process.parent() if process else None
            if parent is not None:
                kill(parent.pid)
                found.append(parent)
        except psutil.NoSuchProcess:
            return False
        return bool(found)

    assert watch_closely(is_there, 300), f"no upgrade to {weight} % was seen"


def watch_closely(condition: Callable[[], bool], seconds: float) -> bool:
    """As `until`, but without pauses: what is looked for is gone in a second."""
    deadline = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        # To look at all processes takes a good part of a processor.
        time.sleep(0.05)
    return False


def test_killed_in_mid_canary(releases: Releases, sandbox: Context) -> None:
    """First scheduler and triggerer, while the gate is open; then a worker in an upgrade."""

    def meanwhile() -> None:
        assert until(lambda: releases.running()[1], 120 * PATIENCE), "no candidate came"
        known = Supervisor(sandbox.layout, sandbox.python).processes()
        for name in ("airflow-scheduler", "airflow-triggerer"):
            kill(known[name].pid)
        kill_worker_at(50)

    ended = releases.release("killed", meanwhile=meanwhile)
    assert ended.evidence["outcome"] == "promoted", ended.reason
    assert releases.running() == (releases.version("killed"), False)
    assert ended.met.failed == 0, ended.met.problems
