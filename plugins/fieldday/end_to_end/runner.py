"""The end-to-end tests, run against an environment through the edge."""

from __future__ import annotations

import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldday.end_to_end.probe import Edge
from fieldday.errors import Permanent
from fieldday.processes import run, trimmed

_MAX_FAILURES = 20


@dataclass(frozen=True)
class Summary:
    """How a run of the tests ended."""

    passed: int
    failed: int
    skipped: int
    seconds: float
    failures: tuple[str, ...] = ()
    """Of each failed test, at most 20: its name and what it said."""

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{text} in {self.seconds:.1f} s"

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "failures": list(self.failures)}


def run_tests(
    checkout: Path,
    edge: Edge,
    environment: str,
    services: Sequence[str],
    installed: Iterable[str],
    *,
    timeout: float = 120.0,
) -> Summary:
    """Run `tests/e2e` for `services`, of whose dependencies those in `installed` are asked after.

    Raises `Permanent` when the tests could not be run at all, or none was there.
    """
    domain = edge.domain if environment == "production" else f"{environment}.{edge.domain}"
    with tempfile.TemporaryDirectory(prefix="fieldday-e2e-") as folder:
        report = Path(folder) / "report.xml"
        argv = (
            *(sys.executable, "-m", "pytest", "tests/e2e"),
            f"--base-url={edge.url}",
            f"--domain={domain}",
            f"--services={','.join(services)}",
            f"--installed={','.join(sorted(installed))}",
            *("-p", "no:cacheprovider", "-q", f"--junitxml={report}"),
        )
        # No bytecode into the checkout, which others may read and this user perhaps not write.
        env = {"PYTHONDONTWRITEBYTECODE": "1"}
        done = run(argv, timeout=timeout, cwd=checkout, env=env, check=False, bare=True)
        # 0: all passed, 1: some failed; else pytest itself failed or found no test.
        if done.code not in (0, 1) or not report.is_file():
            said = trimmed(done.stdout + done.stderr, 1000)
            msg = f"tests/e2e: pytest exited with {done.code}. {said}"
            raise Permanent(msg)
        return read_report(report.read_text(encoding="utf-8"))


def read_report(xml: str) -> Summary:
    """Read a JUnit report."""
    root = ET.fromstring(xml)  # noqa: S314 - our own pytest wrote it
    cases = list(root.iter("testcase"))
    failures = [text for case in cases if (text := _failure(case))]
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Summary(
        passed=len(cases) - len(failures) - skipped,
        failed=len(failures),
        skipped=skipped,
        seconds=sum(float(suite.get("time", 0)) for suite in root.iter("testsuite")),
        failures=tuple(failures[:_MAX_FAILURES]),
    )


def _failure(case: ET.Element) -> str:
    found = [*case.findall("failure"), *case.findall("error")]
    message = f"{found[0].get('message') or ''}"[:300] if found else ""
    return f"{case.get('name')}: {message}" if found else ""
