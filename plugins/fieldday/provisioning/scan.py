"""The security scan of a root, by checkov. What could not be scanned is said, never passed over."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fieldday.errors import FieldDayError
from fieldday.json_data import JsonData
from fieldday.processes import run

_SECONDS = 300
_SHOWN = 5


@dataclass(frozen=True)
class Scan(JsonData):
    """What the scanner said."""

    status: Literal["clean", "findings", "not scanned"]
    detail: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    """Left out by a comment in the code, which says why."""


def scan(folder: Path, var_file: Path) -> Scan:
    """Scan the root with the environment's values. Never raises."""
    if shutil.which("checkov") is None:
        return Scan("not scanned", "checkov is not installed where Airflow runs its tasks")
    argv = ["checkov", "--directory", str(folder), "--var-file", str(var_file)]
    argv += ["--framework", "terraform", "--output", "json", "--compact", "--quiet"]
    # Else it asks its vendor's service for names of checks, and sends them what it found.
    argv += ["--skip-download", "--skip-results-upload", "--soft-fail"]
    try:
        done = run(argv, timeout=_SECONDS, check=False)
        return read(json.loads(done.stdout))
    except (FieldDayError, ValueError, KeyError, TypeError, AttributeError) as e:
        said = " ".join(str(e).split())[:200] or type(e).__name__
        return Scan("not scanned", f"checkov returned no report: {said}")


def read(report: Any) -> Scan:
    """Read checkov's JSON."""
    parts = report if isinstance(report, list) else [report]
    counts = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0}
    failures: list[str] = []
    for part in parts:
        summary = part.get("summary", part)
        for key in counts:
            counts[key] += int(summary[key])
        for check in part.get("results", {}).get("failed_checks", ()):
            failures.append(f"{check['check_id']} {check['resource']}")
    if counts["parsing_errors"]:
        return Scan("not scanned", f"checkov could not read {counts['parsing_errors']} files")
    numbers = {key: counts[key] for key in ("passed", "failed", "skipped")}
    if not counts["passed"] and not counts["failed"]:
        return Scan("not scanned", "checkov found nothing to check", **numbers)
    if counts["failed"]:
        more = f" and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        detail = f"{counts['failed']} failed: {', '.join(failures[:_SHOWN])}{more}"
        return Scan("findings", detail, **numbers)
    detail = f"{counts['passed']} passed, {counts['skipped']} skipped with a reason"
    return Scan("clean", detail, **numbers)
