"""What is known of one container, as the API shows it and as it is kept over a restart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def now() -> str:
    """The time as the API writes it: UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Waiting:
    """Not running yet or not running again: why, in a word and in a sentence."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class Running:
    """Running since."""

    started_at: str
    pid: int = 0
    ticks: int = 0
    """When the process began, by the kernel's clock: tells it from another with its pid."""
    stop_signal: int = 15


@dataclass(frozen=True)
class Terminated:
    """Ended: how and when."""

    exit_code: int
    reason: str
    started_at: str
    finished_at: str
    container_id: str
    message: str = ""


Phase = Waiting | Running | Terminated


@dataclass(frozen=True)
class ContainerState:
    """One container of a pod."""

    name: str
    now: Phase = Waiting("ContainerCreating")
    last: Terminated | None = None
    """How the run before this one ended."""
    restarts: int = 0
    """How often it was started again; also names the run's log."""
    image: str = ""
    image_id: str = ""
    container_id: str = ""
    started: bool = False
    """Running, and its startup probe has passed."""
    ready: bool = False
    finished: bool = False
    """Ended for good: the pod's restart policy does not start it again."""

    def to(self, **changes: Any) -> ContainerState:
        """A copy with changes."""
        return replace(self, **changes)

    def save(self, path: Path) -> None:
        """Keep it in a file, whole or not at all."""
        document = asdict(self) | {"kind": type(self.now).__name__}
        new = path.with_suffix(".new")
        new.write_text(json.dumps(document))
        new.replace(path)

    @classmethod
    def load(cls, path: Path) -> ContainerState | None:
        """What an earlier run of the node kept; None when there is nothing usable."""
        kinds: dict[str, type[Waiting | Running | Terminated]] = {
            kind.__name__: kind for kind in (Waiting, Running, Terminated)
        }
        try:
            document = json.loads(path.read_text())
            phase = kinds[document.pop("kind")](**document.pop("now"))
            last = document.pop("last")
            return cls(now=phase, last=Terminated(**last) if last else None, **document)
        except (OSError, ValueError, KeyError, TypeError):
            return None
