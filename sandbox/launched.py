"""The records that `sandbox.launch` wrote of each part's last start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.files import read_json
from sandbox.layout import Layout


@dataclass(frozen=True)
class Launched:
    """One start of a part."""

    pid: int = 0
    time: float = 0.0
    """Unix time."""
    fingerprint: str = ""
    """Of what was started."""


def launched(layout: Layout, part: str) -> Launched:
    """The last start of a part; one at time 0 when none is known."""
    return _read(_folder(layout) / f"{part}.started")


def all_launched(layout: Layout) -> Iterator[Launched]:
    """The last start of every part that has ever been started."""
    yield from map(_read, _folder(layout).glob("*.started"))


def _folder(layout: Layout) -> Path:
    return layout.root / "supervisor"


def _read(path: Path) -> Launched:
    try:
        found = read_json(path)
        return Launched(int(found["pid"]), float(found["time"]), str(found["fingerprint"]))
    except (SandboxError, OSError, KeyError, TypeError, ValueError):
        return Launched()
