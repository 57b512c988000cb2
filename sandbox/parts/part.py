"""What the supervisor has to know of one program of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Part:
    """One supervised program.

    `prepare`, `ready` and `settle` are called from a thread of their own and must give up
    quickly: `ready` is called again and again, so it returns within 2 s.
    """

    name: str
    """Short, in kebab case, e.g. `kube-apiserver`. Names the log file and the data folder."""
    command: tuple[str, ...]
    """argv, without secrets."""
    address: str
    """What a person would open or connect to, e.g. `http://127.0.0.1:18080`, or ``""``."""
    ready: Callable[[], bool]
    """Whether the part is healthy now. Never raises."""
    needs: tuple[str, ...] = ()
    """Names of the parts that must be ready and settled before this one is started."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment; secrets go here (or in files of mode 0600)."""
    directory: Path | None = None
    """Working directory; the part's data folder when not given."""
    prepare: Callable[[], None] = _nothing
    """Create files and folders before the start. Idempotent."""
    settle: Callable[[], None] = _nothing
    """Create what others rely on once it is ready (databases, buckets, manifests). Idempotent."""
    usual_seconds: float = 1.0
    """How long it usually takes to be ready: shown while waiting."""
    limit_seconds: float = 60.0
    """After this, waiting fails with an error that shows the end of its log."""
    stop_seconds: float = 10.0
    """How long it may take to exit on SIGTERM before it is killed."""
    stop_signal: str = "TERM"
    """`INT` for a fast shutdown of PostgreSQL."""
