"""Run other programs with a time-out, without waiting in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    code: int
    output: bytes
    errors: str


async def run(
    *command: str | Path,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Finished:
    """Run a program to its end and collect what it says.

    Raises TimeoutError: it took longer than `timeout` seconds, and was killed with all that it
    started. Raises OSError: it could not be started.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout):
            output, errors = await child.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
        raise
    code = child.returncode if child.returncode is not None else -1
    return Finished(code, output or b"", errors.decode(errors="replace").strip())
