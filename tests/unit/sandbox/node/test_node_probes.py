"""Probe thresholds, against a plain reading of the rules; and the probes themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.node.health import Health, Report
from sandbox.node.launch import Root
from sandbox.node.probes import Kind, Timing, Verdict
from sandbox.node.probing import ProbeFailedError, Target, make
from tests.patience import PATIENCE

KINDS: tuple[Kind, ...] = ("startup", "readiness", "liveness")


def timing(successes: int = 1, failures: int = 1) -> Timing:
    return Timing(initial_delay=0, period=0.05, timeout=1, successes=successes, failures=failures)


def test_the_defaults_are_kubernetes() -> None:
    assert Timing.of({}) == Timing(0, 10, 1, 1, 3)


@pytest.mark.parametrize(
    ("kind", "passed"), [("startup", False), ("readiness", False), ("liveness", True)]
)
def test_the_first_verdict(kind: Kind, passed: bool) -> None:
    assert Verdict.first(kind, timing()).passed is passed


@given(
    st.sampled_from(KINDS),
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.booleans(), max_size=40),
)
def test_a_verdict_is_the_last_long_enough_run(
    kind: Kind, successes: int, failures: int, results: list[bool]
) -> None:
    verdict = Verdict.first(kind, timing(successes, failures))
    expected = verdict.passed
    for n, result in enumerate(results):
        decided = verdict.add(result)
        needed = successes if result else failures
        last = results[max(0, n + 1 - needed) : n + 1]
        enough = len(last) == needed and all(r is result for r in last)
        assert decided is enough
        if enough:
            expected = result
        assert verdict.passed is expected


@asynccontextmanager
async def server(answer: bytes, delay: float = 0) -> AsyncIterator[Target]:
    """A container that answers every request like this."""

    answering: set[asyncio.Task[None]] = set()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        answering.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(delay)
                writer.write(answer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            answering.discard(task)

    listening = await asyncio.start_server(respond, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield target(port)
        for task in list(answering):
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


def target(port: int) -> Target:
    root = Root(Path("/nowhere"), ())
    environment = {"PATH": "/usr/bin:/bin", "GREETING": "hello"}
    return Target("127.0.0.1", "198.18.7.2", {"http": port}, environment, Path("/"), root)


def http(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "302 Found"])
async def test_http_passes(status: str) -> None:
    async with server(http(status)) as container:
        await make({"httpGet": {"port": "http", "path": "/readyz?full=1"}}, container, 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http("503 Service Unavailable"), "HTTP probe failed with statuscode: 503"),
        (http("404 Not Found"), "statuscode: 404"),
        (b"nonsense\r\n", "malformed HTTP response"),
        (b"", "EOF"),
    ],
)
async def test_http_fails_with_the_kubelets_words(answer: bytes, words: str) -> None:
    async with server(answer) as container:
        with pytest.raises(ProbeFailedError, match=words):
            await make({"httpGet": {"port": "http"}}, container, 1)


async def test_a_slow_answer_fails() -> None:
    async with server(http("200 OK"), delay=5) as container:
        with pytest.raises(ProbeFailedError, match="context deadline exceeded"):
            await make({"httpGet": {"port": "http"}}, container, 0.05)


async def test_refused_names_the_address_that_the_api_shows() -> None:
    async with server(b"") as container:
        pass
    with pytest.raises(ProbeFailedError, match=r"198\.18\.7\.2:\d+: connect: connection refused"):
        await make({"httpGet": {"port": "http"}}, container, 1)
    with pytest.raises(ProbeFailedError, match=r"198\.18\.7\.2:\d+: connect: connection refused"):
        await make({"tcpSocket": {"port": "http"}}, container, 1)


async def test_a_port_that_is_not_named_is_said() -> None:
    with pytest.raises(ProbeFailedError, match="no container port is named 'https'"):
        await make({"httpGet": {"port": "https"}}, target(1), 1)


async def test_tcp_passes() -> None:
    async with server(b"") as container:
        await make({"tcpSocket": {"port": container.ports["http"]}}, container, 1)


async def test_a_command_runs_in_the_containers_environment() -> None:
    command = ["sh", "-c", 'test "$GREETING" = hello']
    await make({"exec": {"command": command}}, target(1), 5 * PATIENCE)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["sh", "-c", "echo not yet; exit 3"], "not yet"),
        (["false"], "command exited with 1"),
        (["no-such-program"], "No such file"),
        (["sleep", "30"], "timed out after 0.2s"),
    ],
)
async def test_a_command_that_fails(command: list[str], words: str) -> None:
    with pytest.raises(ProbeFailedError, match=words):
        await make(
            {"exec": {"command": command}}, target(1), 0.2 if "30" in command else 5 * PATIENCE
        )


class Log:
    """What a container's probes reported, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.condemned = asyncio.Event()
        self.is_ready = asyncio.Event()

    def report(self) -> Report:
        def condemned(kind: Kind, _: dict[str, Any]) -> None:
            self.lines.append(f"condemned by {kind}")
            self.condemned.set()

        def ready(value: bool) -> None:
            self.lines.append(f"ready {value}")
            if value:
                self.is_ready.set()

        return Report(
            started=lambda: self.lines.append("started"),
            ready=ready,
            unhealthy=lambda kind, _: self.lines.append(f"{kind} failed"),
            condemned=condemned,
        )


async def run(container: dict[str, Any], to: Target, log: Log, until: asyncio.Event) -> None:
    health = Health(container, to, log.report())
    task = asyncio.create_task(health.run(began=time.monotonic(), already_started=False))
    try:
        async with asyncio.timeout(10 * PATIENCE):
            await until.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_without_probes_it_is_ready_at_once() -> None:
    log = Log()
    await run({}, target(1), log, log.is_ready)
    assert log.lines == ["started", "ready True"]


async def test_readiness_waits_for_startup() -> None:
    log = Log()
    probe = {"httpGet": {"port": "http"}, "periodSeconds": 1}
    async with server(http("200 OK")) as container:
        await run({"startupProbe": probe, "readinessProbe": probe}, container, log, log.is_ready)
    assert log.lines == ["started", "ready True"]


async def test_a_startup_that_never_comes_condemns() -> None:
    log = Log()
    probe = {"httpGet": {"port": "http"}, "periodSeconds": 0.1, "failureThreshold": 2}
    async with server(http("500 No")) as container:
        await run({"startupProbe": probe}, container, log, log.condemned)
    assert log.lines == ["startup failed", "startup failed", "condemned by startup"]


async def test_liveness_condemns_after_its_threshold() -> None:
    log = Log()
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 0.1, "failureThreshold": 3}
    await run({"livenessProbe": probe}, target(1), log, log.condemned)
    assert log.lines == ["started", "ready True", *["liveness failed"] * 3, "condemned by liveness"]
