"""No process of Airflow outlives its parent.

When the scheduler is killed with SIGKILL its workers stay, and when a worker is killed its task
keeps running while the scheduler already retries it. Linux can kill a process with its parent;
here every process that Airflow forks requests that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

# From <linux/prctl.h>
_PR_SET_PDEATHSIG = 1


class _Family:
    """What a forked process knows of the one that forked it."""

    parent = 0
    generation = 0
    in_main_thread = True


def end_with_parent() -> None:
    """From now on, children forked by this process exit with it, and theirs with them.

    The first generation (the scheduler's workers, the parser, the triggerer's runner) holds
    nothing and inherits signal handlers that are not meant for it, so it is killed. A task gets
    SIGTERM, so that it can stop the programs that it runs.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def before() -> None:
        _Family.parent = os.getpid()
        # Linux means the thread that forked, not its process: only the main one lives as long.
        _Family.in_main_thread = threading.current_thread() is threading.main_thread()

    def after_in_child() -> None:
        _Family.generation += 1
        if not _Family.in_main_thread:
            return
        number = signal.SIGKILL if _Family.generation == 1 else signal.SIGTERM
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != _Family.parent:
            # The parent exited between the fork and the request.
            os.kill(os.getpid(), number)

    os.register_at_fork(before=before, after_in_child=after_in_child)
