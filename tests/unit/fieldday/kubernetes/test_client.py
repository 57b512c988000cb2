"""The client, through the real `ApiClient`s, against an API server on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from kubernetes.client import ApiClient, Configuration
from kubernetes_asyncio.client import ApiClient as AsyncApiClient
from kubernetes_asyncio.client import Configuration as AsyncConfiguration

from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.kubernetes import client as module
from fieldday.kubernetes.client import Client, workload
from fieldday.kubernetes.errors import ConflictError, ForbiddenError, NotFoundError

LEASE = {"kind": "Lease", "metadata": {"name": "x", "resourceVersion": "7"}}
SELECTOR = "labelSelector=app.kubernetes.io/instance=fieldday-api"


class Server(ThreadingHTTPServer):
    """Gives the same answer to each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.body = b"{}"
        self.drop = False
        self.requests: list[tuple[str, str, Any]] = []
        self.tokens: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answers(self, status: int, content: Any) -> None:
        self.status, self.body = status, json.dumps(content).encode()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, unquote(self.path), json.loads(given or "null")))
        self.server.tokens.add(self.headers["Authorization"])
        if self.server.drop:
            return
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - as the base class calls them

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def client(server: Server) -> Client:
    configuration = Configuration(host=server.url)
    configuration.api_key["authorization"] = "Bearer secret"
    return Client("production", lambda: ApiClient(configuration))


def asynchronously(server: Server) -> Any:
    async def read() -> Any:
        async with AsyncApiClient(AsyncConfiguration(host=server.url)) as api:
            return await workload(api, "production", "api")

    return asyncio.run(read())


def test_objects_are_read_and_written(server: Server, client: Client) -> None:
    server.answers(200, LEASE)
    assert client.get("Lease", "x") == LEASE
    client.create("Lease", LEASE)
    client.replace("Lease", LEASE)
    path = "/apis/coordination.k8s.io/v1/namespaces/production/leases"
    assert server.requests == [
        ("GET", f"{path}/x", None),
        ("POST", path, LEASE),
        ("PUT", f"{path}/x", LEASE),
    ]
    assert server.tokens == {"Bearer secret"}


def test_a_workload_is_deployments_and_pods(server: Server, client: Client) -> None:
    server.answers(200, {"items": [{"metadata": {"name": "x"}}]})
    found = client.workload("api")
    assert [thing["kind"] for thing in found] == ["Deployment", "Pod"]
    assert asynchronously(server) == found
    both = [
        ("GET", f"/apis/apps/v1/namespaces/production/deployments?{SELECTOR}", None),
        ("GET", f"/api/v1/namespaces/production/pods?{SELECTOR}", None),
    ]
    assert server.requests == both * 2


ERRORS = [
    (400, Permanent, "cannot list Deployments in production, it answers 400 'it is so'"),
    (401, Retryable, "it answers 401 'it is so'. Check the credentials of kubernetes_default"),
    (403, ForbiddenError, "may not list Deployments in production (403 'it is so')"),
    (404, NotFoundError, "cannot list Deployments in production, it is not there"),
    (429, Retryable, "is unreachable (it answers 429 'it is so'). Is it up?"),
    (500, Retryable, "is unreachable (it answers 500"),
    (503, Retryable, "is unreachable (it answers 503"),
]


@pytest.mark.parametrize(("status", "kind", "said"), ERRORS)
def test_both_clients_translate_a_status_alike(
    server: Server, client: Client, status: int, kind: type[FieldDayError], said: str
) -> None:
    server.answers(status, {"kind": "Status", "message": "it is so"})
    with pytest.raises(kind) as caught:
        client.workload("api")
    with pytest.raises(kind) as again:
        asynchronously(server)
    assert type(caught.value) is kind
    assert str(caught.value) == str(again.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>\n", b"[]", b'{"items": null}', b"", b"\xff"])
def test_an_answer_that_is_of_no_use_is_not_an_empty_one(
    server: Server, client: Client, body: bytes
) -> None:
    server.body = body
    with pytest.raises(Retryable, match="is unreachable") as caught:
        client.workload("api")
    assert "\n" not in str(caught.value)
    with pytest.raises(Retryable, match="is unreachable"):
        asynchronously(server)


def test_an_object_that_is_not_there_is_none(server: Server, client: Client) -> None:
    server.answers(404, {"message": "not found"})
    assert client.get("Lease", "x") is None


def test_what_another_one_changed_or_deleted_is_a_conflict(server: Server, client: Client) -> None:
    for status in (404, 409):
        server.answers(status, {"message": "changed"})
        with pytest.raises(ConflictError, match="update Lease 'x' in production"):
            client.replace("Lease", LEASE)
    with pytest.raises(ConflictError, match="create Lease 'x' in production"):
        client.create("Lease", LEASE)


def test_a_namespace_that_is_not_there_is_for_a_person(server: Server, client: Client) -> None:
    server.answers(404, {"message": 'namespaces "production" not found'})
    with pytest.raises(NotFoundError, match="Is the namespace"):
        client.create("Lease", LEASE)


def test_a_server_that_is_away_is_unreachable(server: Server, client: Client) -> None:
    server.drop = True
    with pytest.raises(Retryable, match="is unreachable"):
        client.get("Lease", "x")
    with pytest.raises(Retryable, match="is unreachable"):
        asynchronously(server)


def test_a_server_that_does_not_answer_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, unanswering: str
) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.05)
    silent = Client("production", lambda: ApiClient(Configuration(host=unanswering)))
    with pytest.raises(Retryable, match="is unreachable"):
        silent.get("Lease", "x")


@pytest.fixture
def unanswering() -> Iterator[str]:
    """A server that accepts connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield f"http://127.0.0.1:{found.getsockname()[1]}"
