"""Scanning what is about to be released. What could not be scanned is said, never passed over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldday.errors import FieldDayError
from fieldday.images.build import Image
from fieldday.images.scanners import SCANNERS, Finding, NotScannedError, Scanner

_SHOWN = 5


@dataclass(frozen=True)
class Scan:
    """What one scanner said."""

    scanner: str
    status: str
    """`clean`, `findings` or `not scanned`."""
    detail: str
    """How many findings, or why it was not scanned."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_blocking(self) -> bool:
        """Whether it found what must not be released."""
        return any(finding.blocks for finding in self.findings)


@dataclass(frozen=True)
class ScanReport:
    """What all scanners said of an image's source."""

    image: Image
    scans: tuple[Scan, ...]

    @property
    def blocking(self) -> bool:
        """Whether something was found that must not be released."""
        return any(scan.is_blocking for scan in self.scans)

    @property
    def text(self) -> str:
        """What must not be released, in words."""
        found = [
            f"{scan.scanner}: {finding}"
            for scan in self.scans
            for finding in scan.findings
            if finding.blocks
        ]
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return "; ".join(found[:_SHOWN]) + more

    @property
    def lines(self) -> list[list[str]]:
        """For the approver: scanner, status, detail."""
        return [[scan.scanner, scan.status, scan.detail] for scan in self.scans]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "image": self.image.to_dict(),
            "blocking": self.blocking,
            "scans": [asdict(scan) for scan in self.scans],
        }


def scan(source: Path, image: Image, scanners: tuple[Scanner, ...] = SCANNERS) -> ScanReport:
    """Scan the source of an image with every scanner, side by side. Never raises."""
    with ThreadPoolExecutor(max_workers=len(scanners)) as pool:
        scans = pool.map(lambda scanner: _scan(scanner.name, scanner.scan, source), scanners)
        return ScanReport(image, tuple(scans))


def _scan(name: str, ask: Callable[[Path], list[Finding]], source: Path) -> Scan:
    try:
        findings = ask(source)
    except (NotScannedError, FieldDayError, ValueError, KeyError, TypeError) as e:
        said = " ".join(str(e).split())[:200] or type(e).__name__
        return Scan(name, "not scanned", said)
    if not findings:
        return Scan(name, "clean", "")
    blocking = sum(finding.blocks for finding in findings)
    detail = f"{len(findings)} found, {blocking} of them must be fixed"
    return Scan(name, "findings", detail, tuple(findings))
