"""The service as a process with real PostgreSQL and Valkey."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import PostgreSQL, Running, Server, Start

    Eventually = Callable[[Callable[[], bool], float, str], None]

pytestmark = pytest.mark.sandbox


@pytest.fixture
def analytics(start: Start, postgresql: PostgreSQL) -> Running:
    """A service that anyone may write to."""
    return start(SERVICE="analytics", DATABASE_URL=postgresql.url)


@pytest.fixture
def discovery(start: Start, postgresql: PostgreSQL, valkey: Server) -> Running:
    """A service that anyone may read from, through the cache."""
    return start(SERVICE="discovery", DATABASE_URL=postgresql.url, CACHE_URL=valkey.url)


def add(analytics: Running, name: str, properties: dict[str, Any] | None = None) -> httpx.Response:
    """POST an event."""
    body = {"name": name, "properties": properties or {}}
    return analytics.client.post(f"{analytics.url}/v1/events", json=body)


def offered(postgresql: PostgreSQL) -> str:
    """The path of a session that is there."""
    session = uuid.uuid4()
    data = {
        "title": "Dawn paddle",
        "activity": "kayaking",
        "spot": "lake-tahoe",
        "starts_at": "2031-05-01T06:00:00Z",
        "price_cents": 4500,
    }
    insert = "INSERT INTO documents (id, kind, data) VALUES ($1, 'session', $2)"
    postgresql.execute(insert, session, json.dumps(data))
    return f"/v1/sessions/{session}"


def test_a_record_is_read_through_the_cache(discovery: Running, postgresql: PostgreSQL) -> None:
    path = offered(postgresql)
    first, second = discovery.get(path), discovery.get(path)
    assert first.json() == second.json()
    assert first.json()["data"]["spot"] == "lake-tahoe"
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert discovery.get(f"/v1/sessions/{uuid.uuid4()}").status_code == 404
    assert 'cache_reads_total{result="hit"' in discovery.get("/metrics").text


@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(min_size=1, max_size=200) | st.sampled_from(["'; DROP TABLE documents; --"]))
def test_any_text_is_a_value_and_never_sql(
    analytics: Running, postgresql: PostgreSQL, name: str
) -> None:
    created = add(analytics, name, {name: [name]})
    if "\0" in name:
        assert created.status_code == 422
        return
    assert created.status_code == 201
    assert created.json()["data"] == {"name": name, "properties": {name: [name]}}
    (row,) = postgresql.execute(
        "SELECT data FROM documents WHERE id = $1", uuid.UUID(created.json()["id"])
    )
    assert json.loads(row["data"]) == created.json()["data"]


@pytest.mark.smoke
def test_without_its_cache_it_is_slower_and_right(
    start: Start, postgresql: PostgreSQL, valkey: Server, eventually: Eventually
) -> None:
    api = start(SERVICE="discovery", DATABASE_URL=postgresql.url, CACHE_URL=valkey.url)
    path = offered(postgresql)
    assert api.get(path).status_code == 200
    valkey.stop()
    try:
        answers = [api.get(path) for _ in range(5)]
        assert [a.status_code for a in answers] == [200] * 5
        assert {a.headers["x-cache"] for a in answers} == {"miss"}
        assert api.status("/readyz") == 200
    finally:
        valkey.start()
    eventually(lambda: api.get(path).headers["x-cache"] == "hit", 10, "the cache is used again")


def test_many_replicas_may_make_the_table_at_once(
    start: Start, postgresql: PostgreSQL, eventually: Eventually
) -> None:
    base, _ = postgresql.url.rsplit("/", 1)
    first = start(DATABASE_URL=postgresql.url)
    assert first.status("/readyz") == 200
    name = f"fresh_{uuid.uuid4().hex}"
    postgresql.execute(f"CREATE DATABASE {name}")
    replicas = [start(None, DATABASE_URL=f"{base}/{name}") for _ in range(4)]
    for replica in replicas:
        eventually(lambda r=replica: r.status("/readyz") == 200, 15, "a replica is ready")  # type: ignore[misc]
        assert "unavailable" not in replica.output.read_text()


def test_a_role_that_may_not_create_tables_is_enough(start: Start, postgresql: PostgreSQL) -> None:
    start(DATABASE_URL=postgresql.url)
    role = f"r{uuid.uuid4().hex}"
    postgresql.execute(f"CREATE ROLE {role} LOGIN")
    postgresql.execute(f"GRANT SELECT ON documents TO {role}")
    url = postgresql.url.replace("postgres@", f"{role}@")
    limited = start(SERVICE="discovery", DATABASE_URL=url)
    assert limited.status("/v1/sessions") == 200


@pytest.mark.smoke
def test_it_starts_before_its_database_and_outlives_it(
    start: Start, postgresql: PostgreSQL, eventually: Eventually
) -> None:
    api = start(SERVICE="discovery", DATABASE_URL=postgresql.url)
    postgresql.stop()
    try:
        eventually(lambda: api.status("/readyz") == 503, 10, "not ready without a database")
        early = start("/livez", DATABASE_URL=postgresql.url)
        assert early.status("/readyz") == 503
        answer = api.get("/v1/sessions")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert api.status("/livez") == 200
    finally:
        postgresql.start()
    eventually(lambda: api.status("/readyz") == 200, 15, "ready again")
    eventually(lambda: early.status("/readyz") == 200, 15, "ready for the first time")
    assert api.status("/v1/sessions") == 200


def test_trace_and_request_id_go_on_to_dependencies(start: Start, postgresql: PostgreSQL) -> None:
    seen: list[dict[str, str]] = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({k.lower(): v for k, v in self.headers.items()} | {"path": self.path})
            self.send_response(200)
            self.send_header("X-Version", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        api = start(
            DATABASE_URL=postgresql.url,
            AUTH_URL="http://fieldday-auth.production.svc.cluster.local:8080",
            HTTP_PROXY=f"http://127.0.0.1:{proxy.server_port}",
            NO_PROXY="127.0.0.0/8,localhost",
        )
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret
        headers = {"X-Request-Id": "r-9", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        answer = api.get("/v1/dependencies", headers)
        proxy.shutdown()
    assert answer.status_code == 200
    (dependency,) = answer.json()["dependencies"]
    assert (dependency["name"], dependency["version"]) == ("auth", "7")
    (call,) = seen
    assert call["host"] == "fieldday-auth.production.svc.cluster.local:8080"
    assert call["x-request-id"] == "r-9"
    assert call["traceparent"].split("-")[1] == trace
    lines = [json.loads(line) for line in api.output.read_text().splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["request_id"], line["trace_id"]) == ("r-9", trace)


def test_a_slow_dependency_is_a_502_in_time(start: Start, postgresql: PostgreSQL) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        api = start(
            DATABASE_URL=postgresql.url,
            AUTH_URL=f"http://127.0.0.1:{silent.server_port}",
            DEPENDENCY_TIMEOUT_SECONDS="0.2",
        )
        answer = api.get("/v1/dependencies")
    assert answer.status_code == 502
    # Of its own limit, and not of the client's or a longer one.
    assert re.search(r"no answer within 0\.\d+ s", answer.text), answer.text
    assert api.status("/readyz") == 200


def test_it_crashes_on_purpose(start: Start) -> None:
    api = start("/livez", FAULT_CRASH_AFTER_SECONDS="0.5")
    assert api.process.wait(10 * PATIENCE) == 1
    assert '"event": "crash on purpose"' in api.output.read_text()


def test_a_taken_port_is_a_clear_message(start: Start) -> None:
    api = start("/livez")
    port = api.url.rsplit(":", 1)[1]
    second = start(None, PORT=port)
    assert second.process.wait(10 * PATIENCE) == 2
    text = second.output.read_text()
    assert text.startswith(f"POD_IP, PORT: 127.0.0.1:{port} cannot be listened on")


@pytest.mark.smoke
def test_draining_under_load_loses_nothing(analytics: Running, eventually: Eventually) -> None:
    """Clients with kept connections, which go elsewhere when told so, see no error."""
    stop = threading.Event()
    address = analytics.url.removeprefix("http://")

    def use() -> tuple[int, int]:
        connection = http.client.HTTPConnection(address, timeout=10 * PATIENCE)
        sent = good = 0
        while not stop.is_set():
            sent += 1
            body = json.dumps({"name": "load"})
            connection.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            good += answer.status == 201
            if answer.getheader("Connection") == "close":
                break
        connection.close()
        return sent, good

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(use) for _ in range(8)]
        eventually(lambda: analytics.output.read_bytes().count(b'"request"') > 200, 20, "load")
        analytics.process.send_signal(signal.SIGTERM)
        try:
            results = [client.result(20 * PATIENCE) for client in clients]
        finally:
            stop.set()
    assert analytics.process.wait(10 * PATIENCE) == 0
    assert all(sent == good for sent, good in results)
    assert sum(sent for sent, _ in results) > 200
    assert '"event": "stopped"' in analytics.output.read_text()


@pytest.mark.smoke
def test_a_request_in_flight_is_finished(
    start: Start, postgresql: PostgreSQL, eventually: Eventually
) -> None:
    api = start(DATABASE_URL=postgresql.url, FAULT_LATENCY_MS="1000", DRAIN_SECONDS="0")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(api.get, "/")
        in_flight = r"http_requests_in_flight\S* [1-9]"
        eventually(lambda: bool(re.search(in_flight, api.get("/metrics").text)), 5, "it begins")
        api.process.send_signal(signal.SIGTERM)
        assert answer.result(10 * PATIENCE).status_code == 200
    assert api.process.wait(10 * PATIENCE) == 0


def _processor_seconds(running: Running) -> float:
    """What a process took of a processor, which other tests beside it do not change much."""
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _seconds_to_load_libraries() -> float:
    """What Python takes of this processor for the libraries that any service needs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(3):
        code = "import asyncpg, cryptography.x509, httpx, jwt, msgspec, prometheus_client, uvicorn"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=30 * PATIENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 3


@contextmanager
def _plain_server() -> Iterator[tuple[httpx.Client, str]]:
    """A server that answers from memory, and a client like that of the service."""

    class Plain(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with httpx.Client(trust_env=False, timeout=10 * PATIENCE) as client:
            yield client, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


SESSIONS, QUERY = "/v1/sessions?limit=1", "/graphql"


@pytest.mark.parametrize(
    ("service", "collector", "path"),
    [
        ("discovery", "", SESSIONS),
        ("discovery", "http://127.0.0.1:1", SESSIONS),
        ("api", "http://127.0.0.1:1", QUERY),
    ],
    ids=["quiet", "traced", "queried"],
)
def test_it_starts_fast_and_small(
    start: Start, postgresql: PostgreSQL, valkey: Server, service: str, collector: str, path: str
) -> None:
    settings = {
        "SERVICE": service,
        "DATABASE_URL": postgresql.url,
        "CACHE_URL": valkey.url,
        "AUTH_URL": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
    }

    def ask(running: Running) -> float:
        if path == SESSIONS:
            answer = running.get(path)
        else:
            answer = running.client.post(running.url + path, json={"query": "{ me { id } }"})
        assert answer.status_code == 200, answer.text
        return answer.elapsed.total_seconds()

    # Python compiles here what an image holds compiled.
    ask(start(**settings))
    running = start(**settings)
    seconds = _processor_seconds(running)
    with _plain_server() as (client, url):
        pairs = [(ask(running), client.get(url).elapsed.total_seconds()) for _ in range(200)]
    service_time, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    command = ["ps", "-o", "rss=", "-p", str(running.process.pid)]
    ps = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5 * PATIENCE)
    yardstick = _seconds_to_load_libraries()
    assert seconds < 3 * yardstick, (seconds, yardstick)
    assert int(ps.stdout) / 1024 < 80
    # Over fifty times as long would be Nagle's algorithm waiting for the client: 40 ms.
    assert service_time < 25 * plain, (service_time, plain)
