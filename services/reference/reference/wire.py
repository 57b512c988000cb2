"""HTTP/1.1 on the wire: uvicorn's protocol, within limits that it does not have.

The parser would keep a header of any length in memory, also one that comes after the body, and
what was begun would be waited for without end.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Above what the application answers by itself, with a problem document: 414 and 431.
MAX_HEAD_BYTES = 65_536
HEAD_SECONDS = 10.0
"""For the head of a request, from its first byte; on a new connection, for the first byte."""
BODY_SECONDS = 30.0
"""For the body of a request, from the end of its head."""
STOPPING_SECONDS = 3.0
"""For what is left of a body once the server stops."""
_TOO_LARGE = "431 Request Header Fields Too Large"
_TOO_LATE = "408 Request Timeout"


class Protocol(HttpToolsProtocol):
    """One connection."""

    _reading: Literal["head", "body"] | None = None
    _deadline: asyncio.TimerHandle | None = None
    # Received since the request began, or since the last of its body.
    _bytes = 0
    _has_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._wait(None)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._reading = "head"
        self._bytes = 0
        self._wait(HEAD_SECONDS)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what comes after the body is none, and nobody asks for it."""
        if self._reading == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head has been read."""
        self._reading = "body"
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body has been read."""
        self._has_body = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has been read."""
        self._reading = None
        self._wait(None)
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        if self._deadline is None:
            # Not a request yet, or never one: empty lines may go before it.
            self._wait(HEAD_SECONDS)
        self._has_body = False
        super().data_received(data)
        self._bytes = 0 if self._has_body else self._bytes + len(data)
        if self._reading and self._bytes > MAX_HEAD_BYTES:
            self._refuse(_TOO_LARGE)

    def shutdown(self) -> None:
        """The server stops: what is being answered is finished."""
        super().shutdown()
        if self._reading == "body":
            self._wait(STOPPING_SECONDS)

    def _wait(self, seconds: float | None) -> None:
        """Wait so long for what comes next; None: for as long as uvicorn does."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._late) if seconds else None

    def _late(self) -> None:
        self._deadline = None
        if self._reading or self.cycle is None or self.cycle.response_complete:
            self._refuse(_TOO_LATE)

    def _refuse(self, status: str) -> None:
        """Close, with an answer where one is due and no other is under way."""
        if self.transport.is_closing():
            return
        # Of the request whose head is being read there is no cycle yet.
        answered = self.cycle is None or self.cycle.response_complete
        if self._reading and answered == (self._reading == "head"):
            self.transport.write(
                f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
        self.transport.close()
