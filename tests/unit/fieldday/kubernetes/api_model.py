"""A model of an API server, for tests, in the place of the `ApiClient` of `kubernetes`."""

from __future__ import annotations

import inspect
import json
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException

from fieldday.kubernetes.client import Client


class Response:
    """An answer, as the client hands it on: not read yet."""

    def __init__(self, status: int, content: Any) -> None:
        self.status = status
        self.data = json.dumps(content).encode()


class FakeApi:
    """One namespace with leases and resource versions."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.version = 0
        self.status = 0
        """Of every answer from now on; 0: as it should be."""
        self.asked: list[str] = []
        """Method and path of each request."""

    def call_api(self, resource_path: str, method: str, **options: Any) -> Response:
        inspect.signature(ApiClient.call_api).bind(self, resource_path, method, **options)
        assert 0 < options["_request_timeout"] <= 10
        assert options["_preload_content"] is False
        self.asked.append(f"{method} {resource_path}")
        if self.status:
            raise self._failed(self.status, "it is so")
        *_, plural, name = resource_path.split("/")
        if method != "GET":
            return self._write(method, json.loads(json.dumps(options["body"])))
        if name in ("deployments", "pods"):
            return Response(200, {"items": []})
        if name not in self.things:
            raise self._failed(404, f'{plural} "{name}" not found')
        return Response(200, self.things[name])

    def _write(self, method: str, thing: dict[str, Any]) -> Response:
        name = thing["metadata"]["name"]
        there = self.things.get(name)
        if method == "POST" and there:
            raise self._failed(409, f'leases "{name}" already exists')
        # A PUT creates a Lease that is not there.
        seen = thing["metadata"].get("resourceVersion")
        if there and there["metadata"]["resourceVersion"] != seen:
            raise self._failed(409, "the object has been modified")
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.things[name] = thing
        return Response(200, thing)

    @staticmethod
    def _failed(status: int, message: str) -> ApiException:
        error = ApiException(status=status, reason="x")
        error.body = json.dumps({"kind": "Status", "message": message})
        return error


def client(api: FakeApi, namespace: str = "production") -> Client:
    """A client of the model."""
    return Client(namespace, lambda: api)
