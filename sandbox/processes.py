"""This sandbox's processes, found in the process table by the mark that each carries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import psutil

from sandbox.launched import all_launched
from sandbox.layout import Layout

MARK = "FIELDDAY_SANDBOX"
# Set by the node for what it runs; after a kill the node adopts its pods again.
POD_MARK = "FIELDDAY_POD_UID"

_KILL_SECONDS = 5.0
# Between a process's creation and its record. A process id is not reused so soon.
_LAUNCH_SECONDS = 5.0


def marked(layout: Layout) -> list[psutil.Process]:
    """All processes of this sandbox, without the caller and its ancestors."""
    root = str(layout.root)
    ours = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    found = {p.pid: p for p in psutil.process_iter() if _environment(p).get(MARK) == root}
    # Some programs (valkey, PostgreSQL's workers) write their titles over their environment.
    for process in _recorded(layout):
        with contextlib.suppress(psutil.Error):
            found |= {p.pid: p for p in (process, *process.children(recursive=True))}
    return [process for pid, process in found.items() if pid not in ours]


def _recorded(layout: Layout) -> Iterator[psutil.Process]:
    """The processes that `sandbox.launch` left records of, if they are still the same."""
    for known in all_launched(layout):
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(known.pid)
            if abs(process.create_time() - known.time) < _LAUNCH_SECONDS:
                yield process


def is_pod(process: psutil.Process) -> bool:
    """Whether the node runs it for a pod."""
    return POD_MARK in _environment(process)


def _environment(process: psutil.Process) -> dict[str, str]:
    # A process that has exited, or that we may not inspect, is not ours.
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ()
    return {}


def descends(process: psutil.Process, ancestor: int) -> bool:
    """Whether it is that process, or was started by it or its children."""
    with contextlib.suppress(psutil.Error):
        return process.pid == ancestor or any(p.pid == ancestor for p in process.parents())
    return False


def end(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Terminate them, and kill them `seconds` later; returns what is left even then."""
    left = list(processes)
    for send, limit in (("terminate", seconds), ("kill", _KILL_SECONDS)):
        for process in left:
            with contextlib.suppress(psutil.Error):
                getattr(process, send)()
        _, left = psutil.wait_procs(left, timeout=limit)
    return [p for p in left if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def memory(pid: int) -> int:
    """Bytes of memory of a process and its descendants, without pods."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True))
        return sum(own_memory(each) for each in family if not is_pod(each))
    return 0


def own_memory(process: psutil.Process) -> int:
    """Bytes of memory of one process; 0 when it has exited.

    Shared memory is divided among its processes where the system reports it (Linux: PSS).
    """
    with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
