"""Running programs: to their end (`run`), or so that they outlive their parent (`run_detached`)."""

from fieldday.processes.attached import end_attached, run
from fieldday.processes.detached import interrupt_detached, is_running, run_detached
from fieldday.processes.program import (
    CommandFailed,
    CommandMissing,
    CommandTimedOut,
    Completed,
    trimmed,
)

__all__ = [
    "CommandFailed",
    "CommandMissing",
    "CommandTimedOut",
    "Completed",
    "end_attached",
    "interrupt_detached",
    "is_running",
    "run",
    "run_detached",
    "trimmed",
]
