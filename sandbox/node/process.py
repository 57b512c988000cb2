"""Processes as /proc shows them: one that is known by its start time, trees, memory, CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """What /proc/<pid>/stat says of a process."""

    state: str
    group: int
    started: int
    """In clock ticks since the machine's start. With the pid it names a process for good."""
    cpu_seconds: float
    """Of itself and of the children that it has waited for."""
    resident: int
    """Bytes of memory that are resident, shared pages included."""


def stat(pid: int) -> Stat | None:
    """The process with this pid, or None when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets, which may hold anything.
    fields = text[text.rindex(b")") + 2 :].split()
    return Stat(
        state=fields[0].decode(),
        group=int(fields[2]),
        started=int(fields[19]),
        cpu_seconds=sum(map(int, fields[11:15])) / _TICKS,
        resident=int(fields[21]) * _PAGE,
    )


def is_running(pid: int, started: int) -> bool:
    """Whether the process that began then is still there, and not only its entry."""
    found = stat(pid)
    return found is not None and found.started == started and found.state not in "ZX"


def pids() -> list[int]:
    """All processes of the machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def group_lives(group: int) -> bool:
    """Whether any process of this process group runs; dead ones that nobody waits for do not."""
    found = (stat(pid) for pid in pids())
    return any(one and one.group == group and one.state not in "ZX" for one in found)


def children(pid: int) -> list[int]:
    """The pids of its children."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in text.split()]


def tree(pid: int) -> Iterator[int]:
    """The pids of all that descend from it, without itself."""
    for child in children(pid):
        yield child
        yield from tree(child)


def usage(pid: int) -> tuple[int, float]:
    """Memory in bytes and CPU in seconds of all that descend from it."""
    memory, cpu = 0, 0.0
    for descendant in tree(pid):
        if found := stat(descendant):
            memory += found.resident
            cpu += found.cpu_seconds
    return memory, cpu


def environment(pid: int) -> dict[str, str]:
    """The environment that it was started with; empty when it is gone or not ours to read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (os.fsdecode(entry).partition("=") for entry in raw.split(b"\0") if b"=" in entry)
    return {name: value for name, _, value in pairs}


def marked(marks: dict[str, str]) -> Iterator[int]:
    """The pids of the processes whose environment has all of these values."""
    for pid in pids():
        if marks.items() <= environment(pid).items():
            yield pid
