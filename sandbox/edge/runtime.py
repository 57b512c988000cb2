"""HAProxy's runtime API: one command per connection to its socket."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

_SECONDS = 5.0
_START_SECONDS = 10.0


class RefusedError(Exception):
    """HAProxy refuses a command; the text has the command and its answer."""


def word(text: str) -> str:
    """This text as one word of a command: a path may have a semicolon, which ends a command."""
    return re.sub(r"([\\; ])", r"\\\1", text)


class Runtime:
    """Commands for the HAProxy behind a socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def await_start(self) -> None:
        """Wait until it answers. Raises TimeoutError: it does not."""
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    await self.ask("show version")
                except (FileNotFoundError, ConnectionRefusedError):
                    await asyncio.sleep(0.02)
                else:
                    return

    async def ask(self, command: str) -> str:
        """What it answers. Raises OSError, TimeoutError: it does not."""
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            try:
                writer.write(f"{command}\n".encode())
                await writer.drain()
                return (await reader.read()).decode().strip()
            finally:
                writer.close()

    async def do(self, command: str, good: str = "") -> None:
        """Run a command whose answer should be `good`. Raises RefusedError."""
        answer = await self.ask(command)
        if not answer.startswith(good) or (answer and not good):
            msg = f"{command}: {answer}"
            raise RefusedError(msg)
