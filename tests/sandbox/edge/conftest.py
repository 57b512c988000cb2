"""What the edge's tests share: a site of two Services with a route, and the edge's processes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.parts.context import Context
from tests.sandbox.cluster import Cluster, push_image
from tests.sandbox.edge.site import Edge, Site

# Keeps connections open, says its version, takes 5 ms for an answer, and drains on SIGTERM.
_PROGRAM = """\
import asyncio, os, signal

BUSY = set()
ANSWER = (
    "HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n"
    f"X-Version: {os.environ['VERSION']}\\r\\n\\r\\nok\\n"
).encode()


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode("latin-1").lower()
            BUSY.add(writer)
            lengths = [l[15:] for l in head.split("\\r\\n") if l.startswith("content-length:")]
            await reader.readexactly(int(lengths[0]) if lengths else 0)
            if not head.startswith("get /readyz"):
                await asyncio.sleep(0.005)
            writer.write(ANSWER)
            await writer.drain()
            BUSY.discard(writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        BUSY.discard(writer)
        writer.close()


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(serve, os.environ["POD_IP"], 8080)
    await stop.wait()
    server.close()
    while BUSY:
        await asyncio.sleep(0.01)
    os._exit(0)


asyncio.run(main())
"""


@pytest.fixture(scope="session")
def image(sandbox: Context, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with the small service, in the sandbox's registry."""
    return push_image(sandbox, tmp_path_factory.mktemp("image"), _PROGRAM)


@pytest.fixture
def site(sandbox: Context, cluster: Cluster) -> Iterator[Site]:
    """Two Services with a pod each, and a route that sends all to the first."""
    with httpx.Client(base_url=sandbox.ports.url("edge"), trust_env=False) as client:
        found = Site(cluster, client, f"{cluster.namespace}.example")
        for name in ("stable", "candidate"):
            found.deploy(name)
        found.route(100, 0)
        for name in ("stable", "candidate"):
            cluster.ready(name)
        found.await_status()
        yield found


@pytest.fixture
def edge(sandbox: Context) -> Iterator[Edge]:
    """The edge's own programs; it works again when the test has ended."""
    found = Edge(sandbox)
    yield found
    found.await_ready()
