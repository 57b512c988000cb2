"""The control loop: whenever an object in the cluster changes, HAProxy is updated."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from sandbox.apiclient.api import Api, ApiError, UnreachableError
from sandbox.apiclient.following import follow
from sandbox.edge.desired import Object, desired
from sandbox.edge.proxy import Proxy
from sandbox.edge.status import GATEWAYS, accept_gateway, conditions_of, report

NAMESPACE, GATEWAY = "fieldday-system", "fieldday"
# How soon a draining server is checked again, or a status update is retried.
_AGAIN_SECONDS = 0.5

_log = logging.getLogger(__name__)


@dataclass
class _Kind:
    """All objects of one kind, by namespace and name."""

    path: str
    woken: asyncio.Event
    items: dict[tuple[str, str], Object] = field(default_factory=dict)
    is_listed: bool = False

    def listed(self, items: list[Object]) -> None:
        self.items = {_key(item): item for item in items}
        self.is_listed = True
        self.woken.set()

    def changed(self, event: str, item: Object) -> None:
        if event == "DELETED":
            self.items.pop(_key(item), None)
        else:
            self.items[_key(item)] = item
        self.woken.set()

    def follow(self, api: Api) -> Coroutine[Any, Any, None]:
        return follow(api, self.path, selector="", listed=self.listed, changed=self.changed)


def _key(item: Object) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]


async def control(api: Api, proxy: Proxy) -> None:
    """Follow the cluster forever. Raises OSError, TimeoutError, RefusedError: HAProxy fails."""
    woken = asyncio.Event()
    routes = _Kind(f"{GATEWAYS}/httproutes", woken)
    services = _Kind("/api/v1/services", woken)
    slices = _Kind("/apis/discovery.k8s.io/v1/endpointslices", woken)
    kinds = (routes, services, slices)
    async with asyncio.TaskGroup() as group:
        for kind in kinds:
            group.create_task(kind.follow(api))
        is_unfinished = True
        while True:
            if is_unfinished:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), _AGAIN_SECONDS)
            else:
                await woken.wait()
            woken.clear()
            if not all(kind.is_listed for kind in kinds):
                continue
            wanted = desired(routes.items.values(), services.items.values(), slices.items.values())
            is_unfinished = await proxy.follow(wanted)
            try:
                await accept_gateway(api, NAMESPACE, GATEWAY)
                conditions = conditions_of(wanted, proxy.unplaced)
                await report(api, tuple(routes.items.values()), conditions)
            except (ApiError, UnreachableError) as error:
                _log.warning("status: %s. Trying again.", error)
                is_unfinished = True
