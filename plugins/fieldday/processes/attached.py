"""The one way in which this project runs a program to its end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from fieldday.processes.program import Completed, Program

# How long a program may take to end after it was asked to.
_GRACE_SECONDS = 5.0
# What a program needs wherever it runs, and what holds no secret.
_NEEDED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LANGUAGE|LC_\w+|LD_LIBRARY_PATH|PYTHONPATH|"
    r"VIRTUAL_ENV|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|XDG_\w+"
)
_CONFINED = (sys.executable, "-I", "-S", str(Path(__file__).with_name("confined.py")))

_running: set[Program] = set()


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: str | None = None,  # noqa: A002 - as subprocess calls it
    check: bool = True,
    secrets: Collection[str] = (),
    bare: bool = False,
) -> Completed:
    """Run a program to its end, at most `timeout` seconds.

    `env` is added to this process's environment, or, where it is `bare`, to what of that any
    program needs: paths, language, certificates. So runs what is not ours, such as the tests of a
    source; it can't read other processes either (`fieldday.processes.confined`). `input` is its
    standard input (none when not given). What `secrets` lists, what either environment has under
    a name such as `DATABASE_PASSWORD`, and credentials in URLs never get into an error's text.

    The program and whatever it starts are ended on time-out, when this process is interrupted
    while waiting, and when this process dies (where the machine has `setpriv`).

    Raises `CommandMissing`, `CommandTimedOut`, and `CommandFailed` unless `check` is false.
    """
    inherited = {n: v for n, v in os.environ.items() if not bare or _NEEDED.fullmatch(n)}
    program = Program(
        argv,
        environment={**inherited, **(env or {})},
        cwd=cwd,
        secrets=secrets,
        stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        prefix=[*_dies_with_parent(), *(_CONFINED if bare else ())],
    )
    with program.listed(_running):
        try:
            stdout, stderr = program.process.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired as e:
            stdout, stderr = _end(program)
            raise program.timed_out(timeout, stderr or stdout) from e
        except BaseException:
            _end(program)
            raise
    completed = program.completed(stdout, stderr)
    if check and completed.code != 0:
        raise program.failed(completed)
    return completed


def end_attached() -> None:
    """End every program that `run` waits for now, in any thread; those `run`s then raise.

    For a task that is stopped: its signal handler may call this.
    """
    for program in tuple(_running):
        program.send(signal.SIGTERM, group=True)


def _dies_with_parent() -> list[str]:
    """A prefix by which Linux ends the program when the thread that started it is gone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _end(program: Program) -> tuple[str, str]:
    output = program.end(signal.SIGTERM, group=True, grace=_GRACE_SECONDS)
    # What it started and left behind.
    program.send(signal.SIGKILL, group=True)
    return output
