"""HTTP/1.1 on the wire: what never ends, or never comes, costs neither memory nor a connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from patience import PATIENCE
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from reference import wire

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


class Server:
    """A server of one connection, that answers with the length of the body."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.asked = asyncio.Event()
        self.protocol: wire.Protocol

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then answer."""
        self.scopes.append(scope)
        self.asked.set()
        with contextlib.suppress(ClientDisconnect):
            body = await Request(scope, receive).body()
            await PlainTextResponse(str(len(body)))(scope, receive, send)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A client's connection."""
        config = uvicorn.Config(self.app, interface="asgi3", ws="none", log_config=None)
        gone = asyncio.Event()

        class Told(wire.Protocol):
            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                gone.set()

        self.protocol = Told(config, ServerState(), {})
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: self.protocol, "127.0.0.1", 0)
        async with listening:
            reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
            try:
                yield reader, writer
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
                await gone.wait()


@pytest.fixture
async def server() -> Server:
    """A server."""
    return Server()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that are short."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.3)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    async with asyncio.timeout(5 * PATIENCE):
        return await reader.read()


async def test_trailers_are_no_headers_and_bounded(server: Server) -> None:
    async with server.connection() as (reader, writer):
        writer.write(CHUNKED + b"X-Late: 1\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200 ")
        assert [name for name, _ in server.scopes[0]["headers"]] == [b"host", b"transfer-encoding"]
        writer.write(CHUNKED + b"".join(b"X-%d: 1\r\n" % number for number in range(100_000)))
        # The server closes while some of it is still to be read, which may reset the connection.
        with contextlib.suppress(ConnectionError):
            assert (await _rest(reader)).startswith(b"HTTP/1.1 431 ")


async def test_a_large_body_is_no_head(server: Server) -> None:
    body = b"x" * 1_000_000
    async with server.connection() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert (await reader.readuntil(b"1000000")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", b"HTTP/1.1 408 "),
        (CHUNKED, b"HTTP/1.1 408 "),
    ],
    ids=["nothing", "an empty line", "half a head", "half a body", "no end"],
)
@pytest.mark.usefixtures("impatient")
async def test_what_does_not_come_is_not_waited_for(
    server: Server, sent: bytes, answer: bytes
) -> None:
    async with server.connection() as (reader, writer):
        writer.write(sent)
        assert (await _rest(reader)).startswith(answer)


@pytest.mark.usefixtures("impatient")
async def test_a_head_that_trickles_in_is_not_waited_for(server: Server) -> None:
    async with server.connection() as (reader, writer):
        answer = asyncio.create_task(_rest(reader))
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ")
        while not answer.done():
            writer.write(b"a")
            await asyncio.sleep(0.02)
        assert (await answer).startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("impatient")
async def test_a_kept_connection_may_rest(server: Server) -> None:
    async with server.connection() as (reader, writer):
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.5)  # longer than either patience


async def test_a_server_that_stops_waits_less_for_a_body(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "BODY_SECONDS", 60)
    monkeypatch.setattr(wire, "STOPPING_SECONDS", 0.1)
    async with server.connection() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        await server.asked.wait()
        server.protocol.shutdown()
        assert (await _rest(reader)).startswith(b"HTTP/1.1 408 ")
