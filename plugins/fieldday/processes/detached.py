"""Running a program that must not be killed halfway, such as one that changes a cloud.

It is interrupted, once, and never killed before it had its time. Its output goes to files: a
program that writes to a pipe is killed by the system when nobody reads on, also in the middle of
a change. So it outlives whoever started it, and the files have its output.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from fieldday.processes.program import Completed, Program

_POLL_SECONDS = 0.2

_running: set[Program] = set()


def run_detached(
    argv: Sequence[str | os.PathLike[str]],
    *,
    output: Path,
    on_line: Callable[[str], None],
    timeout: float,
    grace: float,
    env: Mapping[str, str],
    cwd: Path,
    secrets: Collection[str] = (),
) -> Completed:
    """Run a program to its end; each line of its output goes to `on_line` as it comes.

    `output` gets the lines, `<output>.err` its messages, `<output>.pid` its process id. After
    `timeout` seconds, or when this process is interrupted, it is asked to end (SIGINT) and gets
    `grace` seconds for that; only then is it killed. When this process dies, it runs on. Secrets
    are replaced as `run` does, in what is returned and not in the files.

    Raises `CommandMissing` and `CommandTimedOut`; the exit code is in what is returned.
    """
    messages = output.with_suffix(".err")
    with output.open("wb") as out, messages.open("wb") as err:
        program = Program(
            argv,
            environment={**os.environ, **env},
            cwd=cwd,
            secrets=secrets,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    process = program.process
    output.with_suffix(".pid").write_text(_identity(process.pid), encoding="ascii")
    with program.listed(_running):
        try:
            with output.open(encoding="utf-8", errors="replace") as lines:
                _follow(process, lines.readline, on_line, timeout)
        except BaseException:
            _end(program, grace)
            raise
    late = process.poll() is None
    # No longer listed, so that it is not interrupted twice.
    _end(program, grace)
    said = messages.read_text(encoding="utf-8", errors="replace")
    if late:
        raise program.timed_out(timeout, said)
    return program.completed(output.read_text(encoding="utf-8", errors="replace"), said)


def interrupt_detached() -> None:
    """Ask every program that `run_detached` waits for now to end, in any thread.

    For a task that is stopped: its signal handler may call this.
    """
    for program in tuple(_running):
        _interrupt(program)


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
    process: subprocess.Popen[str],
    readline: Callable[[], str],
    on_line: Callable[[str], None],
    timeout: float,
) -> None:
    """Pass on what it writes until it exits or the time is up."""
    deadline = time.monotonic() + timeout
    partial = ""
    while True:
        # Asked before reading, so that what it wrote last is read after its exit was seen.
        exited = process.poll() is not None
        while text := readline():
            partial += text
            if partial.endswith("\n"):
                on_line(partial.rstrip("\n"))
                partial = ""
        if exited or time.monotonic() > deadline:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)


def _interrupt(program: Program) -> None:
    # It alone: what it has started, such as a provider, must finish its work first.
    program.send(signal.SIGINT, group=False)


def _end(program: Program, grace: float) -> None:
    if program.process.poll() is None:
        program.end(signal.SIGINT, group=False, grace=grace)
