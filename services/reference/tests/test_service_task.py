"""Cron tasks as processes. What each does, the tests of the fleet see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from patience import PATIENCE

if TYPE_CHECKING:
    from conftest import Server

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reference.task", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SERVICE": "jobs", "VERSION": "1.4.2", **variables},
        capture_output=True,
        text=True,
        timeout=30 * PATIENCE,
        check=False,
    )


def test_wrong_usage_and_settings_are_said() -> None:
    done = run("sync")
    assert done.returncode == 2
    # Who mistypes a name sees which there are.
    assert "\n  score-reliability\n" in done.stderr
    done = run("sync-calendars")
    assert (done.returncode, done.stderr.strip()[:21]) == (2, "DATABASE_URL: missing")


@pytest.mark.sandbox
def test_a_task_that_can_reach_nobody_fails_and_keeps_a_record(postgresql: Server) -> None:
    done = run("sync-calendars", DATABASE_URL=postgresql.url)
    assert done.returncode == 1, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["event"], said["task"]) == ("task failed", "sync-calendars")
    assert said["service"] == "jobs"
    assert said["record"]
