"""The objects of one namespace, read and written as plain JSON through Kubernetes' own client.

Both clients (`kubernetes`, and `kubernetes_asyncio` for what waits in an event loop) have the same
`call_api`, so one description of a request, and one translation of its errors, is for both.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote

from fieldday.kubernetes.errors import ConflictError, NotFoundError, error_of, unreachable

Kind = Literal["Deployment", "Lease", "Pod"]
Thing = dict[str, Any]

# Of one attempt. The synchronous client repeats a read that failed up to three times.
_SECONDS = 5.0
_COLLECTIONS: Mapping[Kind, tuple[str, str]] = {
    "Deployment": ("/apis/apps/v1", "deployments"),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "Pod": ("/api/v1", "pods"),
}
_WORKLOAD: tuple[Kind, ...] = ("Deployment", "Pod")


class Api(Protocol):
    """An `ApiClient`: as much of it as is used here."""

    def call_api(self, resource_path: str, method: str, **options: Any) -> Any:
        """Make a request. Returns the response, of the asynchronous client an awaitable."""


@dataclass(frozen=True)
class Client:
    """One namespace.

    Each call raises `ConflictError`, `ForbiddenError`, `Permanent` or `Retryable`
    (`fieldday.kubernetes.errors`).
    """

    namespace: str
    connect: Callable[[], Api]
    """Returns the `ApiClient`. Called when it is needed first, since it is slow to import."""

    @functools.cached_property
    def api(self) -> Api:
        """The `ApiClient` of the cluster."""
        return self.connect()

    def workload(self, service: str) -> list[Thing]:
        """The Deployments and pods of a service."""
        found: list[Thing] = []
        for kind in _WORKLOAD:
            request = _list(kind, self.namespace, service)
            found += _items(request, self._call(request))
        return found

    def get(self, kind: Kind, name: str) -> Thing | None:
        """One object, or none."""
        try:
            return self._call(_Request("GET", kind, self.namespace, name))
        except NotFoundError:
            return None

    def create(self, kind: Kind, thing: Mapping[str, Any]) -> None:
        """Create an object. Raises `ConflictError` when it is there."""
        self._call(_Request("POST", kind, self.namespace, thing["metadata"]["name"], body=thing))

    def replace(self, kind: Kind, thing: Mapping[str, Any]) -> None:
        """Replace an object as it was read. Raises `ConflictError` when it changed since."""
        request = _Request("PUT", kind, self.namespace, thing["metadata"]["name"], body=thing)
        try:
            self._call(request)
        except NotFoundError as e:
            raise ConflictError(str(e)) from e

    def _call(self, request: _Request) -> Thing:
        # Imported here: they are slow to import.
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        api = self.api
        try:
            response = api.call_api(request.path, request.method, **request.options())
            status, body = response.status, response.data
        except ApiException as e:
            status, body = e.status, e.body
        except (HTTPError, OSError, ValueError) as e:
            raise unreachable(e) from e
        return _content(request, status, body)


async def workload(api: Api, namespace: str, service: str) -> list[Thing]:
    """As `Client.workload`, through an asynchronous `ApiClient`."""
    from aiohttp import ClientError
    from kubernetes_asyncio.client.exceptions import ApiException

    found: list[Thing] = []
    for kind in _WORKLOAD:
        request = _list(kind, namespace, service)
        try:
            response = await api.call_api(request.path, request.method, **request.options())
            # An error's status is not raised, since the content is not preloaded.
            status, body = response.status, await response.read()
        except (ApiException, ClientError, OSError, TimeoutError, ValueError) as e:
            raise unreachable(e) from e
        found += _items(request, _content(request, status, body))
    return found


@dataclass(frozen=True)
class _Request:
    method: Literal["GET", "POST", "PUT"]
    kind: Kind
    namespace: str
    name: str = ""
    """'': all of the kind."""
    selector: str = ""
    body: Mapping[str, Any] | None = None

    @property
    def path(self) -> str:
        group, plural = _COLLECTIONS[self.kind]
        path = f"{group}/namespaces/{quote(self.namespace, safe='')}/{plural}"
        own = self.name and self.method != "POST"
        return f"{path}/{quote(self.name, safe='')}" if own else path

    @property
    def action(self) -> str:
        """For an error's text, with the verb that a role has to permit."""
        verb = {"GET": "get" if self.name else "list", "POST": "create", "PUT": "update"}
        what = f"{self.kind} '{self.name}'" if self.name else f"{self.kind}s"
        return f"{verb[self.method]} {what} in {self.namespace}"

    def options(self) -> dict[str, Any]:
        return {
            "query_params": [("labelSelector", self.selector)] if self.selector else [],
            "header_params": {"Accept": "application/json"},
            "body": self.body,
            "auth_settings": ["BearerToken"],
            "_preload_content": False,
            "_request_timeout": _SECONDS,
        }


def _list(kind: Kind, namespace: str, service: str) -> _Request:
    selector = f"app.kubernetes.io/instance=fieldday-{service}"
    return _Request("GET", kind, namespace, selector=selector)


def _content(request: _Request, status: int, body: bytes | str | None) -> Thing:
    """The object that an answer holds."""
    if 200 <= status <= 299:
        with suppress(ValueError):
            content = json.loads(body or b"")
            if isinstance(content, dict):
                return content
    raise error_of(request.action, status, body)


def _items(request: _Request, content: Thing) -> list[Thing]:
    items = content.get("items")
    if not isinstance(items, list):
        raise error_of(request.action, 200, json.dumps(content))
    # Items of a list don't say their kind.
    return [{**item, "kind": request.kind} for item in items]
