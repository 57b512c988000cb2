"""Checkov and tflint over the configurations, and what they found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.layout import CHECKOUT, layout_from_environment
from tests.terraform import programs
from tests.terraform.running import Problem

_SCAN_SECONDS = 600
_UNSAID = "No comment provided"


@dataclass(frozen=True)
class Finding:
    """What checkov says of one resource."""

    check: str
    resource: str
    place: str
    """`<file>:<line>`."""
    reason: str = ""
    """Why it is skipped."""

    def __str__(self) -> str:
        """All in one line."""
        return f"{self.place}: {self.check} {self.resource} {self.reason}".strip()


@dataclass(frozen=True)
class Scan:
    """What checkov came to."""

    passed: int
    failed: tuple[Finding, ...]
    skipped: tuple[Finding, ...]
    unread: tuple[str, ...]
    """Files that it could not read."""


class ScanError(RuntimeError):
    """The scanner did not run to its end; the text is what it said."""


def checkov(tree: Path) -> Scan:
    """Scan all configurations below a folder.

    Raises ScanError: checkov cannot be had, or ended early.
    """
    result = _run(
        (sys.executable, "-m", "uv", "run", "--quiet", "--locked"),
        ("--project", str(CHECKOUT / "tools" / "checkov"), "checkov"),
        ("--directory", str(tree), "--framework", "terraform", "--compact"),
        ("--output", "json", "--skip-download", "--soft-fail"),
        environment={
            "UV_PROJECT_ENVIRONMENT": str(layout_from_environment().root / "checkov"),
            "LOG_LEVEL": "ERROR",
        },
    )
    try:
        said = json.loads(result.stdout)
    except ValueError as error:
        msg = f"checkov: {(result.stderr or result.stdout).strip()[-800:]}"
        raise ScanError(msg) from error
    if "results" not in said:
        msg = f"checkov: {tree} has nothing that it can scan: {result.stdout.strip()[-400:]}"
        raise ScanError(msg)
    found = said["results"]
    return Scan(
        said["summary"]["passed"],
        tuple(_finding(one) for one in found["failed_checks"]),
        tuple(_finding(one) for one in found["skipped_checks"]),
        tuple(found["parsing_errors"]),
    )


def _finding(said: dict[str, Any]) -> Finding:
    reason = str(said["check_result"].get("suppress_comment") or "")
    return Finding(
        said["check_id"],
        said["resource"],
        f"{said['file_path'].lstrip('/')}:{said['file_line_range'][0]}",
        "" if reason == _UNSAID else reason,
    )


def tflint(folder: Path, configuration: Path) -> tuple[Problem, ...]:
    """Lint one folder with the rules that come with tflint.

    Raises ScanError: it ended early.
    """
    program = programs.get(programs.TFLINT)
    result = _run(
        (str(program), f"--chdir={folder}", f"--config={configuration}"),
        ("--format=json", "--force", "--call-module-type=none"),
        environment={"TFLINT_DISABLE_VERSION_CHECK": "1"},
    )
    try:
        said = json.loads(result.stdout)
    except ValueError as error:
        raise ScanError(f"tflint: {result.stderr.strip()[-800:]}") from error
    if said["errors"]:
        raise ScanError(f"tflint: {said['errors']}")
    return tuple(
        Problem(
            one["rule"]["severity"],
            one["rule"]["name"],
            re.sub(r"\s+", " ", one["message"]),
            f"{one['range']['filename']}:{one['range']['start']['line']}",
        )
        for one in said["issues"]
    )


def _run(
    *command: tuple[str, ...], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [word for words in command for word in words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SCAN_SECONDS,
    )
