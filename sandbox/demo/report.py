"""The demo's results: `demo.json`, and a table for people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from rich.table import Table

from sandbox.files import write
from sandbox.layout import Layout


@dataclass(frozen=True)
class Line:
    """One release under traffic."""

    service: str
    version: str
    outcome: str
    """`promoted` or `rolled_back`; any other is a failure of the demo."""
    requests: int
    failed: int
    """Bad answers and lost requests that the version itself did not cause."""
    exposed: int
    """Requests that the version answered."""
    restored_seconds: float
    """From its first bad answer to its last answer."""
    reason: str
    """Why it ended so, from the evidence."""


def save(layout: Layout, seconds: float, *, cold: bool, lines: list[Line]) -> None:
    """Write `reports/demo.json`."""
    layout.folder(layout.reports)
    releases = [{k: v for k, v in asdict(line).items() if k != "reason"} for line in lines]
    content = {"seconds": round(seconds, 1), "cold": cold, "releases": releases}
    write(layout.reports / "demo.json", json.dumps(content, indent=2) + "\n")


def table(lines: list[Line]) -> Table:
    """For people."""
    found = Table("service", "version", "outcome", box=None, pad_edge=False)
    for name in ("requests", "failed", "exposed", "restored"):
        found.add_column(name, justify="right")
    for line in lines:
        style = "green" if line.outcome == "promoted" else "yellow"
        restored = f"{line.restored_seconds:.1f} s" if line.restored_seconds else ""
        found.add_row(
            line.service,
            line.version,
            f"[{style}]{line.outcome.replace('_', ' ')}[/]",
            *(str(n) for n in (line.requests, line.failed, line.exposed)),
            restored,
        )
    return found
