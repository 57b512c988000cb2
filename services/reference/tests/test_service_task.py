"""The stand-in for a cron task, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
        timeout=30,
        check=False,
    )


def test_wrong_usage_and_settings_are_said() -> None:
    assert run().returncode == 2
    done = run("sync-calendars")
    assert (done.returncode, done.stderr.strip()[:21]) == (2, "DATABASE_URL: missing")


@pytest.mark.sandbox
def test_it_keeps_a_record_of_its_run(postgresql: Server) -> None:
    done = run("sync-calendars", DATABASE_URL=postgresql.url)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["event"], said["task"], said["service"]) == ("task done", "sync-calendars", "jobs")
