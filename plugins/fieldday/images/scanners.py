"""The scanners, each a kept tool that is asked for JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldday.images import downloads
from fieldday.images.build_spec import load
from fieldday.images.source import DOCKERFILE, content
from fieldday.processes import Completed, run, trimmed

_SECONDS = 60
# Offline, every release would wait so long in vain.
_AUDIT_SECONDS = 20


class NotScannedError(Exception):
    """The scanner could not do its work; the text says why."""


@dataclass(frozen=True)
class Finding:
    """One thing that a scanner found."""

    where: str
    what: str
    blocks: bool
    """Whether it must not be released."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Scanner:
    """One scanner: it raises when it could not scan."""

    name: str
    scan: Callable[[Path], list[Finding]]


def dependencies(source: Path) -> list[Finding]:
    """Known vulnerabilities of the pinned packages, by pip-audit."""
    requirements = load(source).requirements
    if requirements is None:
        msg = "it names no requirements, and what else is in it is unknown"
        raise NotScannedError(msg)
    done = _python(
        source,
        *("pip_audit", "--requirement", requirements, "--require-hashes", "--disable-pip"),
        *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
        timeout=_AUDIT_SECONDS,
    )
    if not done.stdout.strip():
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        msg = f"the advisory service was unreachable ({trimmed(said, 120)})"
        raise NotScannedError(msg)
    return audited(json.loads(done.stdout)["dependencies"])


def audited(packages: list[dict[str, Any]]) -> list[Finding]:
    """What pip-audit found. A package that it skipped counts as not scanned, unless others are bad.

    It ends with success and "no known vulnerabilities" when it could ask about none of them.
    """
    found = [
        Finding(f"{package['name']} {package['version']}", vulnerability["id"], blocks=True)
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    skipped = [package for package in packages if "skip_reason" in package]
    if skipped and not found:
        reason = trimmed(skipped[0]["skip_reason"], 120)
        msg = f"{len(skipped)} of {len(packages)} packages could not be asked about ({reason})"
        raise NotScannedError(msg)
    return found


def secrets(source: Path) -> list[Finding]:
    """What looks like a secret, by detect-secrets; never the secret itself."""
    done = _python(
        source,
        *("detect_secrets", "scan", "--all-files"),
        # Hashes of packages look like secrets, and are checked when these are installed.
        *("--exclude-files", r"(^|/)requirements\.txt$|\.pyc$|(^|/)\.[^/]+/"),
        ".",
    )
    results: dict[str, list[dict[str, Any]]] = _json(done)["results"]
    found = [
        Finding(f"{path}:{found['line_number']}", found["type"], blocks=True)
        for path, all_found in results.items()
        for found in all_found
    ]
    if not found and (binary := [path for path in content(source) if not _is_text(source / path)]):
        msg = f"{len(binary)} of its files are not text, such as {binary[0]}"
        raise NotScannedError(msg)
    return found


def dockerfile(source: Path) -> list[Finding]:
    """The Dockerfile's bad habits, by hadolint. Errors block."""
    if not (source / DOCKERFILE).is_file():
        msg = f"it has no {DOCKERFILE}"
        raise NotScannedError(msg)
    done = run(
        ("hadolint", "--format", "json", "--no-fail", DOCKERFILE),
        timeout=_SECONDS,
        cwd=source,
        bare=True,
    )
    return [
        Finding(f"{DOCKERFILE}:{found['line']}", found["code"], blocks=found["level"] == "error")
        for found in _json(done)
    ]


def code(source: Path) -> list[Finding]:
    """The code's weak places, by bandit. High severity blocks, low is left out."""
    spec = load(source)
    if not spec.is_python:
        msg = "bandit reads Python alone"
        raise NotScannedError(msg)
    options = ("--recursive", "--format", "json", "--quiet", "-ll", "--exit-zero")
    done = _python(source, "bandit", *options, *spec.files)
    report = _json(done)
    if report["errors"]:
        msg = f"{report['errors'][0]['filename']}: {report['errors'][0]['reason']}"
        raise NotScannedError(msg)
    return [
        Finding(
            f"{found['filename']}:{found['line_number']}",
            f"{found['test_id']} {found['test_name']}",
            blocks=found["issue_severity"] == "HIGH",
        )
        for found in report["results"]
    ]


SCANNERS = (
    Scanner("dependencies", dependencies),
    Scanner("secrets", secrets),
    Scanner("Dockerfile", dockerfile),
    Scanner("code", code),
)


def _is_text(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _python(source: Path, *words: str, timeout: float = _SECONDS) -> Completed:
    # Not ours: a source's settings and requirements are read by these.
    return run(
        (sys.executable, "-m", *words),
        timeout=timeout,
        cwd=source,
        env=downloads.environment(),
        check=False,
        bare=True,
    )


def _json(done: Completed) -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError as e:
        said = trimmed(done.stderr or done.stdout, 200)
        msg = f"{done.argv[0]} returned no report: {said}"
        raise NotScannedError(msg) from e
