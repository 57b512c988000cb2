"""Keep a pod's status in the API as it is here, through the API server's absences."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sandbox.apiclient.api import (
    Api,
    ApiError,
    ConflictError,
    NotFoundError,
    Object,
    UnreachableError,
)
from sandbox.node.context import PodContext
from sandbox.node.state import now
from sandbox.node.status import PodView, build

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
# Changes that come together are sent together.
_GATHER_SECONDS = 0.02

_log = logging.getLogger(__name__)


class Reporter:
    """Sends one pod's status when it has changed."""

    def __init__(self, api: Api, context: PodContext, view: Callable[[], PodView]) -> None:
        self._api = api
        self._context = context
        self._view = view
        self._changed = asyncio.Event()
        self._sent: Object | None = None
        conditions = (context.pod.get("status") or {}).get("conditions") or []
        self.conditions: dict[str, Object] = {c["type"]: c for c in conditions}
        """As last sent, by type."""

    def changed(self) -> None:
        """The status may have changed."""
        self._changed.set()

    def again(self) -> None:
        """The API may have lost what was sent: send it once more."""
        self._sent = None
        self._changed.set()

    async def run(self) -> None:
        """Send changes for ever."""
        self._changed.set()
        while True:
            await self._changed.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._changed.clear()
            await self._send()

    async def finish(self) -> None:
        """Send the last status and take the pod out of the API."""
        await self._send()
        await self.delete()

    async def delete(self) -> None:
        """Take the pod out of the API."""
        metadata = self._context.pod["metadata"]
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        await self._insist(lambda: self._api.delete(self._path, options))

    @property
    def _path(self) -> str:
        metadata = self._context.pod["metadata"]
        return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"

    async def _send(self) -> None:
        status = build(self._view(), now())
        if status == self._sent:
            return
        # Lists of addresses are merged by address; ours is the only one.
        body = dict(status)
        for key in ("podIPs", "hostIPs"):
            if key in body:
                body[key] = [*body[key], {"$patch": "replace"}]
        change = {"metadata": {"uid": self._context.uid}, "status": body}
        await self._insist(lambda: self._api.patch(f"{self._path}/status", change))
        self._sent = status
        self.conditions |= {c["type"]: c for c in status["conditions"]}

    async def _insist(self, request: Callable[[], Awaitable[Object]]) -> None:
        """Ask until there is an answer that will not change."""
        wait = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await request()
                return
            except (NotFoundError, ConflictError):
                # It is gone, or another pod has its name: the watch will say so.
                return
            except (UnreachableError, ApiError) as error:
                if isinstance(error, ApiError) and error.status in (400, 422):
                    _log.error("%s: the API refuses its status: %s", self._path, error)
                    return
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_PAUSE_SECONDS)
