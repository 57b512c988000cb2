"""The end-to-end tests of the repository, against the services without a cluster."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from patience import PATIENCE

if TYPE_CHECKING:
    from conftest import Fleet

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parent.parent.parent.parent.parent


@pytest.fixture
def limited(fleet: Fleet) -> Fleet:
    """The services with the limits on requests that production has."""
    for name, member in fleet.members.items():
        if not member.limits.items() <= member.variables.items():
            member.variables |= member.limits
            member.stop()
            fleet.restart(name)
    return fleet


def run(fleet: Fleet, report: Path, services: str, *more: str) -> ET.Element:
    """How a run of the tests ended."""
    command = [
        *(sys.executable, "-m", "pytest", "tests/e2e", f"--base-url={fleet.edge}"),
        *("--domain=fieldday.test", f"--services={services}", f"--junitxml={report}", *more),
        *("-q", "-p", "no:cacheprovider", "--durations=5"),
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=150 * PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:]
    (suite,) = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest's own
    return suite


def test_all_journeys_twice_a_minute_within_the_limits(limited: Fleet, tmp_path: Path) -> None:
    everything = ",".join(limited.members)
    for _ in range(2):
        suite = run(limited, tmp_path / "report.xml", everything)
        # One service reads no input of users.
        assert suite.get("skipped") == "1"


def test_only_journeys_over_what_is_tested_and_installed(fleet: Fleet, tmp_path: Path) -> None:
    suite = run(fleet, tmp_path / "a.xml", "conditions", "--installed=api,auth,conditions")
    names = {case.get("name") for case in suite.iter("testcase") if case.find("skipped") is None}
    assert "test_see_the_conditions" in names
    assert "test_users_may_not_do_what_operators_do[conditions]" in names
    assert "test_chat" not in names
    assert "test_file_a_float_plan" not in names
    alone = run(fleet, tmp_path / "b.xml", "conditions", "--installed=conditions")
    skipped = {
        case.get("name") for case in alone.iter("testcase") if case.find("skipped") is not None
    }
    assert "test_bad_input_is_refused[conditions]" in skipped
