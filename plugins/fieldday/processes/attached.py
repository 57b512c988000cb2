"""The one way in which this project runs a program."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldday.errors import FieldDayError, Permanent, Retryable

# How long a program may take to end itself once it was told to.
_GRACE_SECONDS = 5.0
_ERROR_CHARACTERS = 4000
_HIDDEN = "***"
_SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)", re.I)
# What a program needs wherever it runs, and what holds no secret.
_NEEDED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LANGUAGE|LC_\w+|LD_LIBRARY_PATH|PYTHONPATH|"
    r"VIRTUAL_ENV|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|XDG_\w+"
)
_CONFINED = (sys.executable, "-I", "-S", str(Path(__file__).with_name("confined.py")))
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()


@dataclass(frozen=True)
class Completed:
    """A program that ended."""

    argv: tuple[str, ...]
    """What was run, secrets replaced."""
    code: int
    """Its exit code; negative for the signal that ended it."""
    stdout: str
    """All of its output, as it came: it may be data, so secrets are still in it."""
    stderr: str
    """All of its messages, secrets replaced."""
    seconds: float
    """How long it ran."""


class CommandMissing(Permanent):
    """The program is not installed, or the working directory is not there."""


class CommandFailed(FieldDayError):  # noqa: N818 - beside CommandMissing
    """The program ended with an error. `completed` has all of its output."""

    def __init__(self, completed: Completed, message: str) -> None:
        super().__init__(message)
        self.completed = completed

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.completed, self.args[0])


class CommandTimedOut(Retryable):
    """The program took too long and was ended, with all that it had started."""


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
    words = [os.fspath(word) for word in argv]
    inherited = {n: v for n, v in os.environ.items() if not bare or _NEEDED.fullmatch(n)}
    environment = {**inherited, **(env or {})}
    hide = _Hider(secrets, {**os.environ, **(env or {})})
    shown = tuple(hide(word) for word in words)
    start = time.monotonic()
    try:
        process = subprocess.Popen(
            [
                *_dies_with_parent(),
                *(_CONFINED if bare else ()),
                *resolved(words, environment, cwd),
            ],
            stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            cwd=cwd,
            # A group of its own, so that all of it can be ended.
            start_new_session=True,
        )
    except OSError as e:
        msg = f"{shown[0]}: cannot be started ({e.strerror}). Is {e.filename} there?"
        raise CommandMissing(msg) from e
    with _remembered(process):
        try:
            stdout, stderr = process.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired as e:
            stdout, stderr = _end(process)
            said = trimmed(hide(stderr or stdout))
            msg = f"{_line(shown)}: not done after {timeout:g} s, ended. {said}".rstrip()
            raise CommandTimedOut(msg) from e
        except BaseException:
            _end(process)
            raise
    seconds = time.monotonic() - start
    completed = Completed(shown, process.returncode, stdout, hide(stderr), seconds)
    if check and completed.code != 0:
        said = trimmed(completed.stderr.strip() or hide(stdout).strip())
        raise CommandFailed(
            completed, f"{_line(shown)}: {_ending(completed.code)}. {said}".rstrip()
        )
    return completed


def end_all() -> None:
    """End every program that `run` waits for now, in any thread; those `run`s then raise.

    For a task that is told to stop: its signal handler may call this.
    """
    for process in tuple(_running):
        _signal_group(process, signal.SIGTERM)


def trimmed(text: str, limit: int = _ERROR_CHARACTERS) -> str:
    """The end of a long text, where programs say what went wrong."""
    text = text.strip()
    return text if len(text) <= limit else "… " + text[-limit:]


class _Hider:
    def __init__(self, secrets: Collection[str], env: Mapping[str, str]) -> None:
        named = {value for name, value in env.items() if _SECRET_NAME.search(name)}
        # A value of a few letters would also hide innocent text.
        found = {secret for secret in {*secrets, *named} if len(secret) >= 4}
        self.secrets = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        return _CREDENTIALS_IN_URL.sub(_HIDDEN, text)


def hidden(text: str, env: Mapping[str, str]) -> str:
    """The text without the values that `env` has under the names of secrets."""
    return _Hider((), env)(text)


def resolved(words: Sequence[str], environment: Mapping[str, str], cwd: Path | None) -> list[str]:
    """argv with the program's path, looked for on the PATH that the program itself will have.

    One that is relative, such as `./gradlew`, is in `cwd`, as the program sees it. Raises
    `CommandMissing`.
    """
    if cwd is not None and not cwd.is_dir():
        msg = f"{cwd}: is not a folder. Run in one that is there."
        raise CommandMissing(msg)
    wanted = words[0]
    if cwd is not None and os.sep in wanted:
        wanted = os.path.abspath(cwd / wanted)  # noqa: PTH100 - a link's name may be its meaning
    program = shutil.which(wanted, path=environment.get("PATH"))
    if program is None:
        msg = f"{words[0]}: not found. Install it, or put its folder on PATH."
        raise CommandMissing(msg)
    return [program, *words[1:]]


def _dies_with_parent() -> list[str]:
    """A prefix by which Linux ends the program when the thread that started it is gone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


@contextlib.contextmanager
def _remembered(process: subprocess.Popen[str]) -> Iterator[None]:
    with _lock:
        _running.add(process)
    try:
        yield
    finally:
        with _lock:
            _running.discard(process)


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ask the whole group to end, then make it; what it had said until then."""
    _signal_group(process, signal.SIGTERM)
    try:
        # Also waits for children that still hold its output.
        output = process.communicate(timeout=_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, ValueError):
        _signal_group(process, signal.SIGKILL)
        try:
            output = process.communicate(timeout=_GRACE_SECONDS)
        except (subprocess.TimeoutExpired, ValueError):
            output = ("", "")
    _signal_group(process, signal.SIGKILL)
    process.wait()
    return output[0] or "", output[1] or ""


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _line(shown: Sequence[str]) -> str:
    return trimmed(shlex.join(shown), 300)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
