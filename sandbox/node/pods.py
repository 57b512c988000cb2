"""The pods of this node: begun, changed and ended as the API says; taken up after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
from pathlib import Path

from sandbox.node import process
from sandbox.node.addressing import Addresses, OutOfAddressesError
from sandbox.node.api import Object
from sandbox.node.context import PodContext, Tools
from sandbox.node.pod import Pod
from sandbox.node.state import ContainerState, Running, now

_log = logging.getLogger(__name__)


class Pods:
    """One `Pod` a pod, by uid."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._addresses = Addresses(tools.settings.block)
        self._pods: dict[str, Pod] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._first = True
        tools.settings.pods.mkdir(parents=True, exist_ok=True)
        for record in tools.settings.pods.glob("*/pod.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                self._addresses.keep(record.parent.name, json.loads(record.read_text())["address"])

    @property
    def all(self) -> list[Pod]:
        """Those that are here now."""
        return list(self._pods.values())

    def find(self, namespace: str, name: str) -> Pod | None:
        """The pod of this name."""
        for pod in self._pods.values():
            metadata = pod.context.pod["metadata"]
            if (metadata["namespace"], metadata["name"]) == (namespace, name):
                return pod
        return None

    def listed(self, items: list[Object]) -> None:
        """These are all pods that the API has for this node."""
        present = {item["metadata"]["uid"] for item in items}
        if self._first:
            self._first = False
            self._end_left_over(present)
        for item in items:
            self.changed("MODIFIED", item)
        for uid, pod in list(self._pods.items()):
            if uid in present:
                # The API server was away; what it was told last may not have got there.
                pod.reporter.again()
            else:
                pod.gone()

    def changed(self, kind: str, item: Object) -> None:
        """The API has a new pod, another state of one, or one less."""
        uid = item["metadata"]["uid"]
        if kind == "DELETED":
            if pod := self._pods.get(uid):
                pod.gone()
            return
        if uid not in self._pods:
            try:
                self._pods[uid] = self._new(item)
            except OutOfAddressesError as error:
                self._tools.events.warning(item, "FailedCreatePodSandBox", str(error))
                return
            self._tasks[uid] = asyncio.create_task(self._live(uid))
        self._pods[uid].update(item)

    async def close(self) -> None:
        """Stop looking after them. Their processes go on, for the next run to take up."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _new(self, item: Object) -> Pod:
        uid = item["metadata"]["uid"]
        address = self._addresses.take(uid)
        folder = self._tools.settings.pods / uid
        folder.mkdir(exist_ok=True)
        record_file = folder / "pod.json"
        record = {"address": address, "start_time": now()}
        with contextlib.suppress(OSError, ValueError):
            record |= json.loads(record_file.read_text())
        record_file.write_text(json.dumps(record))
        wire = f"127.{address.partition('.')[2]}"
        return Pod(PodContext(self._tools, item, folder, address, wire), record["start_time"])

    async def _live(self, uid: str) -> None:
        pod = self._pods[uid]
        try:
            await pod.run()
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - a fault with one pod must not take the others along
            _log.exception("pod %s: the node failed to run it", uid)
        self._pods.pop(uid, None)
        self._tasks.pop(uid, None)
        self._addresses.give_back(uid)

    # --- after a restart -----------------------------------------------------------------------

    def _end_left_over(self, present: set[str]) -> None:
        """End the processes and remove the folders that no pod of the API answers for."""
        known = set()
        for folder in list(self._tools.settings.pods.iterdir()):
            if folder.name in present:
                known |= _processes(folder)
            else:
                _log.info("pod %s is gone: ending what is left of it", folder.name)
                self._addresses.give_back(folder.name)
                shutil.rmtree(folder, ignore_errors=True)
        for pid in process.marked({"FIELDDAY_SANDBOX": self._tools.settings.sandbox}):
            if pid not in known and process.environment(pid).get("FIELDDAY_POD_UID"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _processes(folder: Path) -> set[int]:
    """The processes of a pod that were started and noted."""
    found: set[int] = set()
    for path in folder.glob("containers/*/state.json"):
        state = ContainerState.load(path)
        if state and isinstance(state.now, Running):
            pid, ticks = state.now.pid, state.now.ticks
            if process.is_running(pid, ticks):
                found |= {pid, *process.tree(pid)}
    return found
