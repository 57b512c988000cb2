"""Runs a long-running program: reports its lines as they come, stops it on cancellation."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox.steps import Cancellation

_POLL_SECONDS = 0.2
_KEPT_LINES = 40
_END_SECONDS = 5


class ProgramError(RuntimeError):
    """It failed, or took too long; the text is the end of its output."""


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    seconds: float,
    cancellation: Cancellation,
    on_line: Callable[[str], None] = lambda _: None,
) -> None:
    """Run it to completion.

    Raises ProgramError: it cannot be started, exits with another code than 0, or takes more than
    `seconds`. Raises Cancelled: it was stopped by a cancellation.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        msg = f"{command[0]}: {error}"
        raise ProgramError(msg) from error
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    reader = threading.Thread(target=_read, args=(process, lines, on_line), daemon=True)
    reader.start()
    deadline = time.monotonic() + seconds
    try:
        while process.poll() is None:
            cancellation.sleep(_POLL_SECONDS)
            if time.monotonic() > deadline:
                msg = f"{Path(command[0]).name} {command[1]}: not done after {seconds:.0f} s"
                raise ProgramError(msg)
    finally:
        _end(process)
    reader.join(_END_SECONDS)
    if process.returncode != 0:
        raise ProgramError("\n".join(lines).strip()[-2000:] or f"exit code {process.returncode}")


def _read(
    process: subprocess.Popen[str], lines: deque[str], on_line: Callable[[str], None]
) -> None:
    with process.stdout or io.StringIO() as output:
        for line in output:
            lines.append(line.rstrip())
            on_line(line.rstrip())


def _end(process: subprocess.Popen[str]) -> None:
    """Stop the program and its descendants, if it still runs."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
