"""A program that this project starts: how it is started, shown without secrets, and ended."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fieldday.errors import FieldDayError, Permanent, Retryable

# How long it may take until a killed program is gone, with what holds its output open.
_KILL_SECONDS = 5.0
_ERROR_CHARACTERS = 4000
_HIDDEN = "***"
_SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)", re.I)
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")


@dataclass(frozen=True)
class Completed:
    """A program that exited."""

    argv: tuple[str, ...]
    """What was run, secrets replaced."""
    code: int
    """Its exit code; negative for the signal that killed it."""
    stdout: str
    """All of its output, as it came: it may be data, so secrets are still in it."""
    stderr: str
    """All of its messages, secrets replaced."""
    seconds: float
    """How long it ran."""


class CommandMissing(Permanent):
    """The program is not installed, or the working directory is not there."""


class CommandFailed(FieldDayError):  # noqa: N818 - beside CommandMissing
    """The program exited with an error. `completed` has all of its output."""

    def __init__(self, completed: Completed, message: str) -> None:
        super().__init__(message)
        self.completed = completed

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.completed, self.args[0])


class CommandTimedOut(Retryable):
    """The program took too long and was ended."""


class Program:
    """A program that was started, in a process group of its own so that all of it can be ended.

    `hide` replaces in a text what `secrets` lists, what `environment` or that of this
    process has under a name such as `DATABASE_PASSWORD`, and credentials in URLs.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        environment: Mapping[str, str],
        cwd: Path | None,
        secrets: Collection[str],
        stdin: int,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
        prefix: Sequence[str] = (),
    ) -> None:
        """Start it in `environment`; `prefix` is the program that starts it, if any.

        Raises `CommandMissing`.
        """
        words = [os.fspath(word) for word in argv]
        variables = (*os.environ.items(), *environment.items())
        named = {value for name, value in variables if _SECRET_NAME.search(name)}
        # A value of a few letters would also hide innocent text.
        found = {secret for secret in {*secrets, *named} if len(secret) >= 4}
        self._secrets = sorted(found, key=len, reverse=True)
        self.argv = tuple(self.hide(word) for word in words)
        self._start = time.monotonic()
        try:
            self.process = subprocess.Popen(
                [*prefix, *_resolved(words, environment, cwd)],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as e:
            msg = f"{self.argv[0]}: cannot be started ({e.strerror}). Is {e.filename} there?"
            raise CommandMissing(msg) from e

    def hide(self, text: str) -> str:
        """The text with its secrets replaced."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _CREDENTIALS_IN_URL.sub(_HIDDEN, text)

    @contextlib.contextmanager
    def listed(self, running: set[Program]) -> Iterator[None]:
        """Be in this set for the time being, by which a signal handler finds it.

        Without a lock, on which a handler would wait for the code that it interrupts.
        """
        running.add(self)
        try:
            yield
        finally:
            running.discard(self)

    def send(self, number: signal.Signals, *, group: bool) -> None:
        """Send a signal to the program alone, or also to all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    def end(self, number: signal.Signals, *, group: bool, grace: float) -> tuple[str, str]:
        """Ask it to end, and after `grace` seconds kill the whole group.

        Returns the output and messages that it had written to pipes until then.
        """
        self.send(number, group=group)
        output = self._output(grace)
        if output is None:
            self.send(signal.SIGKILL, group=True)
            output = self._output(_KILL_SECONDS)
            self.process.wait()
        return output or ("", "")

    def _output(self, seconds: float) -> tuple[str, str] | None:
        try:
            # Also waits for children that still hold its pipes.
            stdout, stderr = self.process.communicate(timeout=seconds)
        except (subprocess.TimeoutExpired, ValueError):
            return None
        return stdout or "", stderr or ""

    def completed(self, stdout: str, stderr: str) -> Completed:
        """What came of it, once it has exited."""
        seconds = time.monotonic() - self._start
        return Completed(self.argv, self.process.returncode, stdout, self.hide(stderr), seconds)

    def failed(self, completed: Completed) -> CommandFailed:
        """The error of a program that exited with one."""
        said = trimmed(completed.stderr.strip() or self.hide(completed.stdout).strip())
        message = f"{self._line()}: {_ending(completed.code)}. {said}".rstrip()
        return CommandFailed(completed, message)

    def timed_out(self, timeout: float, said: str) -> CommandTimedOut:
        """The error of a program that was ended after `timeout` seconds."""
        said = trimmed(self.hide(said))
        return CommandTimedOut(
            f"{self._line()}: not done after {timeout:g} s, ended. {said}".rstrip()
        )

    def _line(self) -> str:
        return trimmed(shlex.join(self.argv), 300)


def trimmed(text: str, limit: int = _ERROR_CHARACTERS) -> str:
    """The end of a long text, where programs say what went wrong."""
    text = text.strip()
    return text if len(text) <= limit else "… " + text[-limit:]


def _resolved(words: Sequence[str], environment: Mapping[str, str], cwd: Path | None) -> list[str]:
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


def _ending(code: int) -> str:
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
