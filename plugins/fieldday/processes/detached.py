"""Running a program that must come to its own end, such as one that changes a cloud.

It is asked to end, once, and never killed before it had its time. Its output goes to files: a
program that writes to a pipe is ended by the system when nobody reads on, also in the middle of
a change. So it outlives whoever started it, and says in the files what came of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fieldday.processes.attached import (
    CommandMissing,
    CommandTimedOut,
    Completed,
    hidden,
    resolved,
)

_POLL_SECONDS = 0.2

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()


def run_orderly(
    argv: Sequence[str],
    *,
    output: Path,
    on_line: Callable[[str], None],
    timeout: float,
    grace: float,
    env: Mapping[str, str],
    cwd: Path,
) -> Completed:
    """Run a program to its end; each line of its output goes to `on_line` as it comes.

    `output` gets the lines, `<output>.err` its messages, `<output>.pid` its process id. After
    `timeout` seconds, or when this process is interrupted, it is asked to end (SIGINT) and gets
    `grace` seconds for that; only then is it killed. When this process dies, it goes on.

    Raises `CommandMissing` and `CommandTimedOut`; the exit code is in what is returned.
    """
    environment = {**os.environ, **env}
    start = time.monotonic()
    with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
        try:
            process = subprocess.Popen(
                resolved(argv, environment, cwd),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as e:
            msg = f"{argv[0]}: cannot be started ({e.strerror}). Is {e.filename} there?"
            raise CommandMissing(msg) from e
    output.with_suffix(".pid").write_text(_identity(process.pid), encoding="ascii")
    with _lock:
        _running.add(process)
    try:
        with output.open(encoding="utf-8", errors="replace") as lines:
            _follow(process, lines.readline, on_line, timeout)
    except BaseException:
        _end(process, grace)
        raise
    finally:
        with _lock:
            _running.discard(process)
    if process.poll() is None:
        _end(process, grace)
        msg = f"{argv[0]} {argv[1]}: not done after {timeout:g} s, ended."
        raise CommandTimedOut(msg)
    return Completed(
        tuple(argv),
        process.returncode,
        output.read_text(encoding="utf-8", errors="replace"),
        hidden(output.with_suffix(".err").read_text(encoding="utf-8", errors="replace"), env),
        time.monotonic() - start,
    )


def end_orderly() -> None:
    """Ask every program that `run_orderly` waits for now to end, in any thread.

    For a task that is told to stop: its signal handler may call this.
    """
    for process in tuple(_running):
        _ask(process)


def is_running(output: Path) -> bool:
    """Whether the program that writes to this file still runs on this machine."""
    try:
        known = output.with_suffix(".pid").read_text(encoding="ascii")
    except OSError:
        return False
    return bool(known) and _identity(int(known.split()[0])) == known


def _identity(pid: int) -> str:
    """The process by its id and when it started, since an id comes back; '' once it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    # proc(5): the 22nd field, of which the state is the 3rd.
    return "" if state == "Z" else f"{pid} {rest[18]}"


def _follow(
    process: subprocess.Popen[bytes],
    readline: Callable[[], str],
    on_line: Callable[[str], None],
    timeout: float,
) -> None:
    """Give on what it writes until it ends or the time is up."""
    deadline = time.monotonic() + timeout
    partial = ""
    while True:
        # Asked before reading, so that what it wrote last is read after its end was seen.
        ended = process.poll() is not None
        while text := readline():
            partial += text
            if partial.endswith("\n"):
                on_line(partial.rstrip("\n"))
                partial = ""
        if ended or time.monotonic() > deadline:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)


def _ask(process: subprocess.Popen[bytes]) -> None:
    # It alone: what it has started, such as a provider, must end its work first.
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)


def _end(process: subprocess.Popen[bytes], grace: float) -> None:
    if process.poll() is not None:
        return
    _ask(process)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
