"""Traces of real processes, as a collector gets them by OTLP over HTTP."""

from __future__ import annotations

import gzip
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Auth, Running, Server, Start

    Eventually = Callable[[Callable[[], bool], float, str], None]

pytestmark = pytest.mark.sandbox


@dataclass
class Span:
    """A span as it was received. service: whose resource it came with."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What was received."""

    url: str
    spans: list[Span] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """What a service is told, so that it sends here at once."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}

    def of(self, trace: str) -> list[Span]:
        """The spans of one trace."""
        return [span for span in list(self.spans) if span.trace == trace]

    def take(self, body: bytes) -> None:
        """Keep what a request brought."""
        self.bodies.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _attributes(group.resource.attributes)
            self.resources.append(resource)
            for scope in group.scope_spans:
                for span in scope.spans:
                    kind = {2: "server", 3: "client"}.get(span.kind, "internal")
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    name = resource["service.name"]
                    attributes = _attributes(span.attributes)
                    self.spans.append(Span(name, span.name, kind, *ids, attributes))


def _attributes(found: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in found}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            received.take(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def _lines(running: Running) -> list[dict[str, Any]]:
    return [json.loads(line) for line in running.output.read_text().splitlines()]


def test_one_request_through_two_services_is_one_trace(
    start: Start,
    auth: Auth,
    postgresql: Server,
    valkey: Server,
    collector: Collector,
    eventually: Eventually,
) -> None:
    """Who calls discovery is checked by auth's keys, which it asks for at the first call."""
    caller = auth.user()
    issuer = auth.again(**collector.variables)
    discovery = start(
        SERVICE="discovery",
        AUTH_URL=issuer.url,
        DATABASE_URL=postgresql.url,
        CACHE_URL=valkey.url,
        TRACK="candidate",
        POD_NAME="discovery-7",
        OTEL_RESOURCE_ATTRIBUTES="cloud.region=eu-west-1",
        **collector.variables,
    )
    trace, outside = uuid.uuid4().hex, "00f067aa0ba902b7"
    session = uuid.uuid4()
    answer = discovery.get(
        f"/v1/sessions/{session}?secret=in-the-query",
        {**caller, "traceparent": f"00-{trace}-{outside}-01", "X-Request-Id": "request-1"},
    )
    assert answer.status_code == 404

    def whole() -> bool:
        found = collector.of(trace)
        return {("discovery", "server"), ("auth", "server")} <= {
            (span.service, span.kind) for span in found
        } and all(s.parent == outside or s.parent in {p.id for p in found} for s in found)

    eventually(whole, 10, "the trace arrives whole")
    spans = collector.of(trace)
    (root,) = [s for s in spans if s.parent == outside]
    assert (root.service, root.kind) == ("discovery", "server")
    assert root.name == "GET /v1/sessions/{session}"
    assert root.attributes["http.response.status_code"] == 404
    assert root.attributes["fieldday.request_id"] == "request-1"

    under = [s for s in spans if s.parent == root.id]
    (command,) = [s for s in under if s.attributes.get("db.system.name") == "redis"]
    assert (command.name, command.kind) == ("GET", "client")
    assert any(
        s.attributes.get("db.system.name") == "postgresql"
        and "FROM documents" in s.attributes["db.query.text"]
        for s in under
    )
    (call,) = [s for s in under if "http.request.method" in s.attributes]
    assert (call.service, call.kind) == ("discovery", "client")
    (asked,) = [s for s in spans if s.parent == call.id]
    assert (asked.service, asked.kind) == ("auth", "server")
    assert asked.name == "GET /.well-known/jwks.json"
    assert asked.attributes["fieldday.request_id"] == "request-1"

    # What each service logged bears the ids of its own span.
    for running, span in ((discovery, root), (issuer, asked)):
        (line,) = [
            told
            for told in _lines(running)
            if told["event"] == "request" and told.get("trace_id") == trace
        ]
        assert line["span_id"] == span.id

    (resource,) = [r for r in collector.resources if r["service.name"] == "discovery"][:1]
    assert resource.items() >= {
        ("service.version", "1.4.2"),
        ("deployment.environment.name", "development"),
        ("fieldday.track", "candidate"),
        ("service.instance.id", "discovery-7"),
        ("k8s.pod.name", "discovery-7"),
        ("cloud.region", "eu-west-1"),
    }
    sent = b"".join(collector.bodies)
    assert str(session).encode() not in sent
    for secret in (b"in-the-query", b"eyJ", b"python-httpx", b"Bearer"):
        assert secret not in sent


def test_what_is_polled_for_makes_no_traces(
    start: Start, postgresql: Server, collector: Collector, eventually: Eventually
) -> None:
    """Notification asks the database for work each second, and probes ask as well."""
    service = start(
        SERVICE="notification",
        DATABASE_URL=postgresql.url,
        AUTH_URL="http://127.0.0.1:1",
        **collector.variables,
    )
    assert service.get("/").status_code == 200
    eventually(lambda: bool(collector.spans), 10, "a span arrives")
    for path in ("/livez", "/readyz", "/metrics"):
        assert service.get(path).status_code == 200
    service.process.terminate()
    assert service.process.wait(10 * PATIENCE) == 0
    assert {span.name for span in collector.spans} == {"GET /"}


@pytest.mark.smoke
def test_a_cron_task_is_a_trace(postgresql: Server, collector: Collector) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reference.task", "sync-calendars"],
        cwd=Path(__file__).parent.parent,
        env={
            "PATH": os.environ["PATH"],
            "SERVICE": "jobs",
            "VERSION": "1.4.2",
            "DATABASE_URL": postgresql.url,
            "CALENDAR_URL": "http://127.0.0.1:1",
            "AUTH_URL": "http://127.0.0.1:1",
            **collector.variables,
        },
        capture_output=True,
        text=True,
        timeout=30 * PATIENCE,
        check=False,
    )
    (task,) = [span for span in collector.spans if span.name == "sync-calendars"]
    assert task.parent == ""
    assert any(span.name == "INSERT" and span.parent == task.id for span in collector.spans)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["trace_id"], last["span_id"]) == (task.trace, task.id)


def test_the_last_spans_are_sent_before_the_end(
    start: Start, postgresql: Server, collector: Collector
) -> None:
    service = start(
        SERVICE="analytics",
        DATABASE_URL=postgresql.url,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="3600000",
    )
    for _ in range(20):
        assert service.get("/").status_code == 200
    assert not collector.spans
    service.process.terminate()
    assert service.process.wait(10 * PATIENCE) == 0
    assert len(collector.spans) == 20


def test_the_share_of_traces_is_the_samplers(
    start: Start, postgresql: Server, collector: Collector
) -> None:
    service = start(
        SERVICE="analytics",
        DATABASE_URL=postgresql.url,
        OTEL_TRACES_SAMPLER="parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0",
        **collector.variables,
    )
    for _ in range(20):
        assert service.get("/").status_code == 200
    sampled = uuid.uuid4().hex
    service.get("/", {"traceparent": f"00-{sampled}-00f067aa0ba902b7-01"})
    service.process.terminate()
    assert service.process.wait(10 * PATIENCE) == 0
    assert {span.trace for span in collector.spans} == {sampled}
    spans = [line["span_id"] for line in _lines(service) if "span_id" in line]
    # Those that are not sent have an id in the log, too.
    assert len(spans) > 20
    assert all(re.fullmatch("[0-9a-f]{16}", span) for span in spans)


def test_a_collector_that_never_answers_blocks_neither_requests_nor_the_end(
    start: Start, postgresql: Server
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60 * PATIENCE)
        service = start(
            SERVICE="analytics",
            DATABASE_URL=postgresql.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}",
            OTEL_EXPORTER_OTLP_TIMEOUT="3600",
            OTEL_BSP_SCHEDULE_DELAY="50",
        )
        assert service.get("/").status_code == 200
        connection, _ = silent.accept()
        with connection:
            for _ in range(50):
                assert service.get("/").status_code == 200
            # All that time it went on waiting for an answer.
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                all(iter(lambda: connection.recv(65_536), b""))
            service.process.terminate()
            assert service.process.wait(10 * PATIENCE) == 0


def test_a_collector_that_is_away_floods_no_log(
    start: Start, postgresql: Server, eventually: Eventually
) -> None:
    service = start(
        SERVICE="analytics",
        DATABASE_URL=postgresql.url,
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_BSP_MAX_QUEUE_SIZE="16",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE="4",
    )
    # More spans than the queue holds, so that each that is dropped would be warned of.
    for _ in range(100):
        assert service.get("/").status_code == 200
    eventually(lambda: '"traces warning"' in service.output.read_text(), 10, "it warns")
    service.process.terminate()
    assert service.process.wait(10 * PATIENCE) == 0
    warnings = [line for line in _lines(service) if line["event"] == "traces warning"]
    assert len(warnings) == 1
    assert warnings[0]["collector"] == "http://127.0.0.1:1"
    # Whichever came first.
    assert re.match("Failed to export|Transient error|Queue full", warnings[0]["reason"])
    assert not [line for line in _lines(service) if line["level"] == "error"]
