"""Traces, in this process: what is in a span, what is not, and nothing of it where it is off."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import Receive, Scope, Send

from reference import logs, services, settings, tracing
from reference.app import application
from reference.faults import Faults
from reference.service import Service, assemble
from reference.telemetry import ALLOWED, Telemetry

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret
OUTSIDE = "00f067aa0ba902b7"
CARD = "4111111111111111"  # the schemes' own number for tests

Traced = Callable[..., AbstractAsyncContextManager["Client"]]


@dataclass
class Client:
    """A client of a traced service."""

    http: httpx.AsyncClient
    service: Service
    exporter: InMemorySpanExporter
    telemetry: Telemetry

    async def spans(self) -> list[ReadableSpan]:
        """All spans, once they are sent."""
        await self.telemetry.stop(5)
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Traced:
    """A service whose spans are kept here."""
    # Set by telemetry where it is not; restored after the test.
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")

    @asynccontextmanager
    async def connected(name: str = "discovery", **variables: str) -> AsyncIterator[Client]:
        told = settings.load(
            {
                "SERVICE": name,
                "VERSION": "1.4.2",
                "DATABASE_URL": "postgresql://nowhere/d",
                "AUTH_URL": "http://127.0.0.1:1",
                **variables,
            }
        )
        exporter = InMemorySpanExporter()
        telemetry = Telemetry(told, exporter)
        service = assemble(told, Faults())
        app = telemetry.around(application(service, services.load(name)))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=f"http://{name}"
        ) as http:
            yield Client(http, service, exporter, telemetry)
        await telemetry.stop(5)
        await service.close()

    return connected


def _server(spans: list[ReadableSpan]) -> ReadableSpan:
    (span,) = [span for span in spans if span.kind.name == "SERVER"]
    return span


async def test_a_span_is_named_by_its_route_and_holds_nothing_that_was_sent(
    traced: Traced,
) -> None:
    headers = {
        "Authorization": "Bearer eyJhbGciOiJub25lIn0.secret",
        "User-Agent": "the-browser",
        "X-Forwarded-For": "203.0.113.7",
        "X-Request-Id": CARD,
        "traceparent": f"00-{TRACE}-{OUTSIDE}-01",
        "tracestate": f"v={CARD}",
        "baggage": "name=lovelace",
    }
    async with traced() as client:
        await client.http.get("/v1/sessions/in-the-path?q=in-the-query", headers=headers)
        span = _server(await client.spans())
    assert span.name == "GET /v1/sessions/{session}"
    assert span.attributes is not None
    assert set(span.attributes) <= ALLOWED
    assert span.attributes["http.route"] == "/v1/sessions/{session}"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == OUTSIDE
    assert not span.context.trace_state
    told = span.to_json()
    for sent in ("eyJ", "the-browser", "203.0.113.7", "in-the", "lovelace", CARD):
        assert sent not in told


async def test_a_path_and_method_of_the_callers_invention_are_no_names(traced: Traced) -> None:
    async with traced() as client:
        await client.http.request("BREW", "/wp-login.php")
        span = _server(await client.spans())
    assert span.name == "HTTP unmatched"
    assert "BREW" not in span.to_json()


async def test_an_error_is_told_by_its_type_only(traced: Traced) -> None:
    async with traced() as client:
        answer = await client.http.get("/v1/dependencies")
        spans = await client.spans()
    assert answer.status_code == 502
    (call,) = [span for span in spans if span.kind.name == "CLIENT"]
    assert call.status.status_code.name == "ERROR"
    assert call.status.description is None
    assert call.attributes is not None
    assert call.attributes["error.type"] == "ConnectError"
    for event in call.events:
        assert set(event.attributes or {}) <= {"exception.type"}
    assert _server(spans).status.status_code.name == "ERROR"
    assert call.parent is not None
    assert call.parent.span_id == _server(spans).context.span_id


async def test_ids_in_logs_and_calls_are_those_of_the_span(
    traced: Traced, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[tracing.Trace | None] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "request":
                seen.append(tracing.current.get())

    logger = logging.getLogger("reference")
    handler = Kept()
    logger.addHandler(handler)
    caplog.set_level(logging.INFO, "reference")
    try:
        async with traced() as client:
            await client.http.get("/")
            span = _server(await client.spans())
    finally:
        logger.removeHandler(handler)
    trace = seen[0]
    assert trace is not None
    assert trace.trace_id == f"{span.context.trace_id:032x}"
    assert trace.span_id == f"{span.context.span_id:016x}"
    assert trace.headers()["traceparent"] == f"00-{trace.trace_id}-{trace.span_id}-01"


async def test_an_unsampled_request_stays_one_wherever_it_goes(traced: Traced) -> None:
    got: list[str] = []

    async def other(scope: Scope, receive: Receive, send: Send) -> None:
        got.append(dict(scope["headers"])[b"traceparent"].decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    server = await _serve(other)
    async with server as url, traced(AUTH_URL=url) as client:
        headers = {"traceparent": f"00-{TRACE}-{OUTSIDE}-00"}
        answer = await client.http.get("/v1/dependencies", headers=headers)
        assert answer.status_code == 200
        assert not await client.spans()
    (traceparent,) = got
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-00", traceparent)
    assert OUTSIDE not in traceparent


async def _serve(app: object) -> AbstractAsyncContextManager[str]:
    @asynccontextmanager
    async def served() -> AsyncIterator[str]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[1:-1]
            pairs = [line.split(": ", 1) for line in head]
            scope = {"headers": [(n.lower().encode(), v.encode()) for n, v in pairs]}

            async def send(message: dict[str, object]) -> None:
                if message["type"] == "http.response.start":
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

            await app(scope, None, send)  # type: ignore[operator]
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    return served()


async def test_probes_make_no_spans(traced: Traced) -> None:
    async with traced() as client:
        for path in ("/livez", "/readyz", "/metrics"):
            await client.http.get(path)
        assert not await client.spans()


async def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    program = (
        "import sys\n"
        "from reference import server, settings, trace_sender\n"
        "told = settings.load({'SERVICE': 'api', 'VERSION': '1', 'DATABASE_URL': 'postgres://h/d'})\n"
        "assert trace_sender.sender(told) is None\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*loaded & {'opentelemetry', 'pyinstrument', 'requests', 'httpx', 'limits'})\n"
    )
    root = Path(__file__).parent.parent
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        cwd=root,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("variables", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://jaeger:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://j:1", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://j:1", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_traces_are_sent_where_there_is_a_collector(variables: dict[str, str], on: bool) -> None:
    assert _load(variables).traces is on


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "jaeger:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT: is not"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' is unknown"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER: 'zipkin' is unknown"),
    ],
)
def test_what_cannot_be_done_is_told_at_the_start(variables: dict[str, str], problem: str) -> None:
    with pytest.raises(settings.SettingsError, match=re.escape(problem)):
        _load(variables)


def _load(variables: dict[str, str]) -> settings.Settings:
    base = {"SERVICE": "api", "VERSION": "1", "DATABASE_URL": "postgres://h/d"}
    return settings.load({**base, **variables})


async def test_warnings_come_once_a_minute(
    traced: Traced, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, reference = logging.getLogger(), logging.getLogger("reference")
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    level, own = root.level, reference.level
    try:
        logs.set_up(_load({}))
        async with traced():
            for number in range(5):
                logging.getLogger("opentelemetry.exporter.x").error("failed %s", number)
                logging.getLogger("urllib3.connectionpool").warning("away")
            logging.getLogger("asyncio").warning("something else")
    finally:
        root.setLevel(level)
        reference.setLevel(own)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (warning,) = [line for line in lines if line["event"] == "traces warning"]
    assert (warning["level"], warning["reason"]) == ("warning", "failed 0")
    assert [line["event"] for line in lines if line["level"] == "warning"] == [
        "traces warning",
        "something else",
    ]
