"""The Node object: made, kept true, made again when somebody deletes it."""

from __future__ import annotations

import asyncio
import logging

from sandbox.apiclient.api import (
    Api,
    ApiError,
    ConflictError,
    NotFoundError,
    Object,
    UnreachableError,
)
from sandbox.node import machine
from sandbox.node.settings import KUBELET_PORT, Settings
from sandbox.node.state import now

# The lease says that the node is alive; its status changes seldom.
_STATUS_SECONDS = 60.0
# A node that somebody has deleted is soon missed: its pods would be collected after 40 s.
_LOOK_SECONDS = 5.0
_RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Registration:
    """Keeps one Node in the API."""

    def __init__(self, api: Api, settings: Settings, capacity: Object) -> None:
        self._api = api
        self._settings = settings
        self._capacity = capacity
        self._path = f"/api/v1/nodes/{settings.name}"
        self._version = "v0.0.0"
        self._ready_since = now()
        self.registered = asyncio.Event()
        """The API has the node, and its status says that it is ready."""

    async def run(self) -> None:
        """Keep it for ever."""
        while True:
            try:
                if not self.registered.is_set():
                    self._version = str((await self._api.get("/version"))["gitVersion"])
                    await self._create()
                await self._api.patch(f"{self._path}/status", {"status": self._status()})
                if not self.registered.is_set():
                    _log.info("registered as node %s", self._settings.name)
                self.registered.set()
            except NotFoundError:
                self.registered.clear()
                continue
            except (ApiError, UnreachableError) as error:
                _log.warning("node %s: %s. Trying again.", self._settings.name, error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            await self._look_on(_STATUS_SECONDS)

    async def _look_on(self, seconds: float) -> None:
        """Wait so long, or until the node is missing."""
        for _ in range(round(seconds / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._api.get(self._path)
            except NotFoundError:
                self.registered.clear()
                return
            except (ApiError, UnreachableError):
                continue

    async def _create(self) -> None:
        labels = {
            "kubernetes.io/hostname": self._settings.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": machine.architecture(),
            "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": machine.architecture(),
        }
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self._settings.name, "labels": labels},
            "spec": {},
            "status": self._status(),
        }
        try:
            await self._api.create("/api/v1/nodes", node)
        except ConflictError:
            await self._api.patch(self._path, {"metadata": {"labels": labels}})

    def _status(self) -> Object:
        settings = self._settings
        return {
            "capacity": self._capacity,
            "allocatable": self._capacity,
            "addresses": [
                {"type": "InternalIP", "address": settings.wire_ip},
                {"type": "Hostname", "address": settings.name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
            "nodeInfo": machine.node_info(settings.name, self._version),
            "conditions": [
                self._condition("MemoryPressure", False, "KubeletHasSufficientMemory"),
                self._condition("DiskPressure", False, "KubeletHasNoDiskPressure"),
                self._condition("PIDPressure", False, "KubeletHasSufficientPID"),
                self._condition("Ready", True, "KubeletReady"),
            ],
        }

    def _condition(self, kind: str, value: bool, reason: str) -> Object:
        return {
            "type": kind,
            "status": "True" if value else "False",
            "reason": reason,
            "message": "the sandbox's node runs pods as processes" if value else "",
            "lastHeartbeatTime": now(),
            "lastTransitionTime": self._ready_since,
        }
