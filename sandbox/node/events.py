"""Events on pods and on the node, as `kubectl describe` shows them. Repeated ones are counted."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from sandbox.apiclient.api import MERGE, Api, ApiError, NotFoundError, Object, UnreachableError
from sandbox.node.state import now

# With the API server away for long, the oldest are of the least use.
_MOST_WAITING = 500
_MOST_REMEMBERED = 1000
_TRIES = 3
# The API's limit for a message.
_LONGEST = 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Event:
    involved: tuple[tuple[str, str], ...]
    kind: str
    reason: str
    message: str


@dataclass
class _Sent:
    path: str
    count: int


class Events:
    """Writes events without holding anybody up."""

    def __init__(self, api: Api, node: str) -> None:
        self._api = api
        self._node = node
        self._waiting: asyncio.Queue[tuple[_Event, str]] = asyncio.Queue()
        self._sent: OrderedDict[_Event, _Sent] = OrderedDict()

    def normal(self, pod: Object, reason: str, message: str, container: str = "") -> None:
        """Something happened as it should."""
        self._put(pod, "Normal", reason, message, container)

    def warning(self, pod: Object, reason: str, message: str, container: str = "") -> None:
        """Something went wrong."""
        self._put(pod, "Warning", reason, message, container)

    def _put(self, pod: Object, kind: str, reason: str, message: str, container: str) -> None:
        metadata = pod["metadata"]
        _log.info("%s/%s: %s: %s", metadata["namespace"], metadata["name"], reason, message)
        involved = {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
        if container:
            spec = pod["spec"]
            init = any(c["name"] == container for c in spec.get("initContainers") or [])
            kind_of = "initContainers" if init else "containers"
            involved["fieldPath"] = f"spec.{kind_of}{{{container}}}"
        if self._waiting.qsize() >= _MOST_WAITING:
            self._waiting.get_nowait()
        event = _Event(tuple(involved.items()), kind, reason, message[:_LONGEST])
        self._waiting.put_nowait((event, now()))

    async def run(self) -> None:
        """Send what is put, for ever."""
        while True:
            event, at = await self._waiting.get()
            for attempt in range(_TRIES):
                try:
                    await self._send(event, at)
                    break
                except UnreachableError:
                    await asyncio.sleep(1 + attempt)
                except ApiError as error:
                    # A namespace that is being removed takes no events; nothing to fix.
                    _log.debug("event %s: %s", event.reason, error)
                    break

    async def _send(self, event: _Event, at: str) -> None:
        if known := self._sent.get(event):
            try:
                change: Object = {"count": known.count + 1, "lastTimestamp": at}
                await self._api.patch(known.path, change, MERGE)
                known.count += 1
                self._sent.move_to_end(event)
                return
            except NotFoundError:
                # Events expire after an hour.
                del self._sent[event]
        involved = dict(event.involved)
        name = f"{involved['name'][:200]}.{secrets.token_hex(8)}"
        path = f"/api/v1/namespaces/{involved['namespace']}/events"
        await self._api.create(
            path,
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": involved["namespace"]},
                "involvedObject": involved,
                "type": event.kind,
                "reason": event.reason,
                "message": event.message,
                "count": 1,
                "firstTimestamp": at,
                "lastTimestamp": at,
                "source": {"component": "kubelet", "host": self._node},
                "reportingComponent": "kubelet",
                "reportingInstance": self._node,
            },
        )
        self._sent[event] = _Sent(f"{path}/{name}", 1)
        while len(self._sent) > _MOST_REMEMBERED:
            self._sent.popitem(last=False)
