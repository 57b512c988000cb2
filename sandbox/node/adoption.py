"""What a process that an earlier run of the node started tells of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sandbox.node import process
from sandbox.node.launch import Launch
from sandbox.node.shim import exit_code
from sandbox.node.state import now


def launch_of(pid: int, stop_signal: int) -> Launch:
    """How it was started, for probes and hooks that run beside it.

    Read from the process itself, so that no secret of its environment is ever kept in a file.
    """
    try:
        directory = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        directory = Path("/")
    return Launch((), process.environment(pid), directory, stop_signal)


def ending(result: Path) -> tuple[int, str]:
    """The exit code of a process that ended while the node was away, and when."""
    try:
        at = datetime.fromtimestamp(result.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except FileNotFoundError:
        at = now()
    return exit_code(result), at
