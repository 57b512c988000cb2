"""Following the cluster: a scripted API on one side, a double of HAProxy on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import create_autospec

import pytest

from sandbox.apiclient.api import Api, ApiError, NotFoundError, Object
from sandbox.edge.configuration import ROUTES, STATE
from sandbox.edge.controller import control
from sandbox.edge.proxy import Proxy
from sandbox.edge.runtime import RefusedError
from sandbox.edge.status import GATEWAYS
from tests.patience import PATIENCE
from tests.unit.sandbox.edge.haproxy_model import Haproxy

ROUTES_PATH, SERVICES_PATH = f"{GATEWAYS}/httproutes", "/api/v1/services"
SLICES_PATH = "/apis/discovery.k8s.io/v1/endpointslices"


@dataclass
class Cluster:
    """Collections that are listed and watched, and the statuses that were written."""

    items: dict[str, list[Object]] = field(
        default_factory=lambda: {ROUTES_PATH: [], SERVICES_PATH: [], SLICES_PATH: []}
    )
    events: dict[str, asyncio.Queue[Object]] = field(default_factory=dict)
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Lists are answered once this is set."""
    refusals: list[ApiError] = field(default_factory=list)
    """What the next writes of a status meet."""
    written: dict[str, Object] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def api(self) -> Api:
        """What the edge asks."""
        found: Api = create_autospec(Api, instance=True, spec_set=True)
        found.get.side_effect = self._get  # type: ignore[attr-defined]
        found.watch.side_effect = self._watch  # type: ignore[attr-defined]
        found.patch.side_effect = self._patch  # type: ignore[attr-defined]
        return found

    def tell(self, path: str, kind: str, item: Object) -> None:
        """An event of a collection."""
        item["metadata"]["resourceVersion"] = "2"
        self._queue(path).put_nowait({"type": kind, "object": item})

    def _queue(self, path: str) -> asyncio.Queue[Object]:
        return self.events.setdefault(path, asyncio.Queue())

    async def _get(self, path: str, **_: str) -> Object:
        if path not in self.items:
            return {"metadata": {"generation": 1}}
        await self.answers.wait()
        return {"metadata": {"resourceVersion": "1"}, "items": self.items[path]}

    async def _watch(self, path: str, _version: str, **_: str) -> AsyncIterator[Object]:
        while True:
            yield await self._queue(path).get()

    async def _patch(self, path: str, body: Object, _kind: str) -> Object:
        if self.refusals:
            raise self.refusals.pop(0)
        self.written[path] = body["status"]
        self.changed.set()
        return body


def service() -> Object:
    return {
        "metadata": {"namespace": "production", "name": "api"},
        "spec": {"ports": [{"port": 8080}]},
    }


def route(host: str = "api.example") -> Object:
    return {
        "metadata": {"namespace": "production", "name": "api", "generation": 1},
        "spec": {
            "parentRefs": [{"name": "fieldday"}],
            "hostnames": [host],
            "rules": [{"backendRefs": [{"name": "api", "port": 8080}]}],
        },
    }


STATUS = f"{GATEWAYS}/namespaces/production/httproutes/api/status"


def conditions(cluster: Cluster) -> dict[str, str]:
    found: list[Any] = cluster.written[STATUS]["parents"][0]["conditions"]
    return {condition["type"]: condition["status"] for condition in found}


@pytest.fixture
def haproxy() -> Haproxy:
    return Haproxy()


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def task(cluster: Cluster, haproxy: Haproxy) -> AsyncIterator[asyncio.Task[None]]:
    found = asyncio.create_task(control(cluster.api(), Proxy(haproxy.runtime())))
    yield found
    found.cancel()
    await asyncio.gather(found, return_exceptions=True)


@pytest.fixture
def until(task: asyncio.Task[None]) -> Until:
    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5 * PATIENCE):
            while not condition():
                assert not task.done(), task.exception()
                await asyncio.sleep(0)

    return wait


async def test_nothing_is_said_before_all_is_listed(
    cluster: Cluster, haproxy: Haproxy, until: Until
) -> None:
    for _ in range(100):
        await asyncio.sleep(0)
    assert haproxy.commands == []
    cluster.answers.set()
    await until(lambda: haproxy.maps[STATE])


async def test_it_follows_what_is_there_and_what_comes(
    cluster: Cluster, haproxy: Haproxy, until: Until
) -> None:
    cluster.items |= {ROUTES_PATH: [route()], SERVICES_PATH: [service()]}
    cluster.answers.set()
    await until(lambda: STATUS in cluster.written)
    assert haproxy.maps[ROUTES].keys() == {"api.example/"}
    assert conditions(cluster) == {"Accepted": "True", "ResolvedRefs": "True"}
    cluster.tell(ROUTES_PATH, "MODIFIED", route("new.example"))
    await until(lambda: haproxy.maps[ROUTES].keys() == {"new.example/"})
    cluster.tell(SERVICES_PATH, "DELETED", service())
    await until(lambda: conditions(cluster)["ResolvedRefs"] == "False")
    cluster.tell(ROUTES_PATH, "DELETED", route("new.example"))
    await until(lambda: not haproxy.maps[ROUTES])


async def test_the_gateway_is_accepted(cluster: Cluster, until: Until) -> None:
    cluster.answers.set()
    gateway = f"{GATEWAYS}/namespaces/fieldday-system/gateways/fieldday/status"
    await until(lambda: gateway in cluster.written)
    written = cluster.written[gateway]["conditions"]
    assert {c["type"]: c["status"] for c in written} == {"Accepted": "True", "Programmed": "True"}


async def test_a_status_that_could_not_be_written_is_written_later(
    cluster: Cluster, haproxy: Haproxy, until: Until
) -> None:
    cluster.refusals = [ApiError(500, "InternalError", "etcd is away")]
    cluster.items |= {ROUTES_PATH: [route()], SERVICES_PATH: [service()]}
    cluster.answers.set()
    await until(lambda: STATUS in cluster.written)
    assert haproxy.maps[STATE] == {"synced": "yes"}


async def test_a_route_that_is_deleted_meanwhile_is_no_error(
    cluster: Cluster, until: Until
) -> None:
    cluster.items |= {ROUTES_PATH: [route()], SERVICES_PATH: [service()]}
    # The class and the Gateway have theirs first.
    cluster.answers.set()
    await until(lambda: STATUS in cluster.written)
    cluster.refusals = [NotFoundError(404, "NotFound", "gone")] * 3
    cluster.tell(ROUTES_PATH, "MODIFIED", route("new.example"))
    await until(lambda: len(cluster.refusals) < 3)


async def test_it_ends_when_haproxy_refuses(
    cluster: Cluster, haproxy: Haproxy, task: asyncio.Task[None], until: Until
) -> None:
    cluster.items |= {ROUTES_PATH: [route()], SERVICES_PATH: [service()]}
    cluster.answers.set()
    await until(lambda: haproxy.maps[STATE])
    haproxy.maps[ROUTES].clear()
    cluster.tell(ROUTES_PATH, "DELETED", route())
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(task, 5)
    assert caught.group_contains(RefusedError, match="del map")
