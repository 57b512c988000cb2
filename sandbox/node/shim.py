"""Start a container's process under a tiny shell that outlives the node and keeps its exit code.

The shell is what containerd's shim or conmon is to a container: the node may be killed and come
back, and still learns how the process ended. It takes 0.2 MB of its own.

It leads a session and process group that the container's processes are in. Signals are sent to
the group; the shell has handlers for the usual ones, so that it stays, and handlers are back to
the default in what it starts. SIGKILL ends the shell as well, and then there is no exit file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.node import process

# The shell's own words ("Terminated") must not get into the container's log: hence descriptor 3,
# and a subshell, since the shell would redirect itself for a plain command.
_SCRIPT = """\
trap : HUP INT QUIT TERM USR1 USR2
result=$1
shift
exec 3>&2 2>/dev/null
(exec "$@" 2>&3 3>&-)
echo "$?" >"$result"
"""
KILLED = 128 + signal.SIGKILL
# How long killed processes may take to be gone, before we go on without them.
_GONE_SECONDS = 5.0


class Shim:
    """A running container's shell. Make it by `start` or `adopt`."""

    def __init__(
        self, pid: int, started: int, result: Path, child: subprocess.Popen[bytes] | None
    ) -> None:
        self.pid = pid
        self.started = started
        self._result = result
        self._child = child
        self._descriptor = os.pidfd_open(pid)
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._descriptor, self._has_ended)

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log: Path,
        result: Path,
    ) -> Shim:
        """Start `command`, with its output appended to `log` and its exit code put in `result`.

        Raises OSError: the directory or the shell cannot be used.
        """
        result.unlink(missing_ok=True)
        with log.open("ab") as output:
            child = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "fieldday-shim", str(result), *command],
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o022,
            )
        found = process.stat(child.pid)
        return cls(child.pid, found.started if found else 0, result, child)

    @classmethod
    def adopt(cls, pid: int, started: int, result: Path) -> Shim | None:
        """The shell that an earlier run of the node started; None when it has ended."""
        if not process.is_running(pid, started):
            return None
        try:
            shim = cls(pid, started, result, None)
        except ProcessLookupError:
            return None
        # The pid may have been given to another process between the look and the open.
        if process.is_running(pid, started):
            return shim
        shim.release()
        return None

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.ended.is_set()

    def signal(self, number: int) -> None:
        """Send a signal to the container's processes; nothing happens when they are gone."""
        if self.has_ended:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def wait(self) -> int:
        """Wait for the end, end what is left of the group, and give the exit code.

        128 + n is "ended by signal n", and 137 when nobody is left to tell.
        """
        await self.ended.wait()
        await self._sweep()
        return exit_code(self._result)

    def release(self) -> None:
        """Stop watching the process, which goes on."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _has_ended(self) -> None:
        self.release()
        if self._child:
            self._child.wait()
        self.ended.set()

    async def _sweep(self) -> None:
        """Kill what the main process left behind, so that its address is free again."""
        deadline = time.monotonic() + _GONE_SECONDS
        while time.monotonic() < deadline:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return
            if not process.group_lives(self.pid):
                return
            await asyncio.sleep(0.02)


def exit_code(result: Path) -> int:
    """The exit code that the shell kept, or 137 when it was killed before it could."""
    try:
        return int(result.read_text())
    except (FileNotFoundError, ValueError):
        return KILLED
