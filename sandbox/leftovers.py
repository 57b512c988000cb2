"""Ending what a killed program left running.

When the main process of a program like Airflow's scheduler is killed with SIGKILL, its worker
processes stay: they would run a task that its successor starts again. So each start of such a
program first ends the whole process group of the start before.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

# A task that is told to end gets this long to let go of what it does; then it is killed.
_GRACE_SECONDS = 5


def take_over(record: Path) -> None:
    """End the predecessor's processes and leave our own group's id for the successor.

    `record` keeps that id from one start to the next.
    """
    try:
        group = int(record.read_text())
    except (FileNotFoundError, ValueError):
        group = 0
    if group > 1:
        _end(_left_of(group))
    record.write_text(str(os.getpgid(0)))


def _left_of(group: int) -> list[psutil.Process]:
    """The processes of a group whose leader is gone, and all that they started.

    While a leader lives the group is not left over: its id has been given to somebody else.
    """
    members = [p for p in psutil.process_iter() if _group_of(p) == group]
    if any(p.pid == group or p.pid == os.getpid() for p in members):
        return []
    found = {p.pid: p for p in members}
    for member in members:
        try:
            found.update((p.pid, p) for p in member.children(recursive=True))
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def _group_of(process: psutil.Process) -> int | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return os.getpgid(process.pid)
    except (psutil.Error, ProcessLookupError):
        return None


def _end(processes: list[psutil.Process]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        _, processes = psutil.wait_procs(processes, timeout=_GRACE_SECONDS)
        processes = [p for p in processes if p.is_running() and _group_of(p) is not None]
        if not processes:
            return
