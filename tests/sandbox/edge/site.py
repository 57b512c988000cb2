"""What the edge's tests work with: a route to two Services, and the edge's own programs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import psutil

from sandbox.answers import is_well
from sandbox.demo.traffic import Request
from sandbox.parts.context import Context
from sandbox.parts.edge import NAME
from sandbox.supervisor import Supervisor
from tests.patience import PATIENCE
from tests.sandbox.cluster import Cluster

_GATEWAY = {"name": "fieldday", "namespace": "fieldday-system"}
_CLIENTS = 8


def half_writes(number: int) -> Request:
    """Every other request is a POST."""
    if number % 2:
        return Request("POST", "/v1/records", {"name": f"session-{number}"})
    return Request("GET", "/v1/records")


def _await(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@dataclass(frozen=True)
class Site:
    """A host whose route splits between the Services `stable` and `candidate`."""

    cluster: Cluster
    client: httpx.Client
    host: str

    def deploy(self, name: str, replicas: int = 1, version: str = "") -> None:
        """Apply a Deployment and its Service; its pods drain as the charts' do."""
        found = self.cluster.deployment(
            name,
            replicas,
            env=[{"name": "VERSION", "value": version or name}],
            lifecycle={"preStop": {"sleep": {"seconds": 2}}},
        )
        found["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = "100%"
        self.cluster.apply(found, self.service(name, 8080))

    def service(self, name: str, *ports: int) -> dict[str, Any]:
        """A Service for the pods of this name."""
        named = [{"name": f"p{port}", "port": port, "targetPort": 8080} for port in ports]
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": named},
        }

    def route(self, stable: int, candidate: int, name: str = "site", **more: Any) -> None:
        """Apply a route with these weights; `more` are other fields of its rule."""
        refs = [
            {"name": "stable", "port": 8080, "weight": stable},
            {"name": "candidate", "port": 8080, "weight": candidate},
        ]
        host = self.host if name == "site" else f"{name}.{self.host}"
        self.cluster.apply(
            {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "HTTPRoute",
                "metadata": {"name": name},
                "spec": {
                    "parentRefs": [_GATEWAY],
                    "hostnames": [host],
                    "rules": [{"backendRefs": refs, **more}],
                },
            }
        )

    def conditions(self, name: str = "site") -> dict[str, Any]:
        """What the route's status says of its present generation, by the conditions' types."""
        route = self.cluster.get("httproute", name)
        parents = route.get("status", {}).get("parents", [])
        found = [condition for parent in parents for condition in parent["conditions"]]
        now = route["metadata"]["generation"]
        return {c["type"]: c for c in found if c["observedGeneration"] == now}

    def reason(self, condition: str, name: str = "site") -> str:
        """The reason of one of the route's conditions."""
        return str(self.conditions(name).get(condition, {}).get("reason", ""))

    def await_status(self, name: str = "site") -> dict[str, Any]:
        """Wait until the edge follows the route as it is now; gives its conditions."""
        _await(lambda: self.conditions(name), "the edge wrote no status")
        return self.conditions(name)

    def weigh(self, candidate: int) -> None:
        """Give the candidate this weight of 100."""
        at = "/spec/rules/0/backendRefs"
        changes = [
            {"op": "replace", "path": f"{at}/{index}/weight", "value": weight}
            for index, weight in enumerate((100 - candidate, candidate))
        ]
        self.cluster.run("patch", "httproute", "site", "--type=json", "-p", json.dumps(changes))

    def ask(self, host: str = "") -> httpx.Response:
        """A user's request."""
        return self.client.get("/", headers={"Host": host or self.host})

    def count(self, requests: int) -> Counter[str]:
        """How many of so many requests, some of them at once, each version answered."""
        with ThreadPoolExecutor(_CLIENTS) as pool:
            answers = list(pool.map(lambda _: self.ask(), range(requests)))
        assert {answer.status_code for answer in answers} == {200}
        return Counter(answer.headers["X-Version"] for answer in answers)


class Edge:
    """The edge's programs, as the supervisor runs them."""

    def __init__(self, sandbox: Context) -> None:
        self._supervisor = Supervisor(sandbox.layout, sandbox.python)
        self._metrics = sandbox.ports.url("edge-metrics")
        self.folder = sandbox.layout.data / NAME

    def python(self) -> psutil.Process:
        """The one that follows the cluster."""
        return psutil.Process(self._supervisor.processes()[NAME].pid)

    def haproxy(self) -> psutil.Process:
        """Its child."""
        (child,) = self.python().children()
        return child

    def is_ready(self) -> bool:
        """What it says of itself."""
        return is_well(f"{self._metrics}/ready")

    def await_ready(self, other_than: int = 0) -> None:
        """Wait until it is ready, and runs as another process than this one."""
        deadline = time.monotonic() + 30 * PATIENCE
        while self._supervisor.processes()[NAME].pid in (0, other_than) or not self.is_ready():
            assert time.monotonic() < deadline, "the edge did not come back"
            time.sleep(0.05)
