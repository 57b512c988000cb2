"""The pods of this node: begun, changed and ended as the API says; taken up after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from sandbox.apiclient.api import Object
from sandbox.node import process
from sandbox.node.addressing import Addresses, OutOfAddressesError
from sandbox.node.context import PodContext, Tools
from sandbox.node.pod import Pod
from sandbox.node.state import ContainerState, Running, now

_RETRY_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass
class _Slot:
    item: Object
    """The pod as the API last showed it."""
    task: asyncio.Task[None] | None = None
    pod: Pod | None = None
    gone: bool = False


class Pods:
    """One `Pod` a pod, by uid."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._addresses = Addresses(tools.settings.block)
        self._slots: dict[str, _Slot] = {}
        self._first = True
        tools.settings.pods.mkdir(parents=True, exist_ok=True)
        for record in tools.settings.pods.glob("*/pod.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                self._addresses.keep(record.parent.name, json.loads(record.read_text())["address"])

    @property
    def all(self) -> list[Pod]:
        """Those that are here now."""
        return [slot.pod for slot in self._slots.values() if slot.pod]

    def find(self, namespace: str, name: str) -> Pod | None:
        """The pod of this name."""
        for pod in self.all:
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
        for uid, slot in list(self._slots.items()):
            if uid not in present:
                self._gone(slot)
            elif slot.pod:
                # The API server was away; what it was told last may not have got there.
                slot.pod.reporter.again()

    def changed(self, kind: str, item: Object) -> None:
        """The API has a new pod, another state of one, or one less."""
        uid = item["metadata"]["uid"]
        slot = self._slots.get(uid)
        if kind == "DELETED":
            if slot:
                self._gone(slot)
        elif slot is None:
            slot = self._slots[uid] = _Slot(item)
            slot.task = asyncio.create_task(self._live(uid, slot))
        else:
            slot.item = item
            if slot.pod:
                slot.pod.update(item)

    async def close(self) -> None:
        """Stop looking after them. Their processes go on, for the next run to take up."""
        tasks = [slot.task for slot in self._slots.values() if slot.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _gone(self, slot: _Slot) -> None:
        slot.gone = True
        if slot.pod:
            slot.pod.gone()

    async def _live(self, uid: str, slot: _Slot) -> None:
        """Run the pod to its end; after a fault of ours take it up again from what was kept."""
        while True:
            try:
                slot.pod = self._new(slot.item)
                slot.pod.update(slot.item)
                if slot.gone:
                    slot.pod.gone()
                await slot.pod.run()
                break
            except (OutOfAddressesError, OSError) as error:
                self._tools.events.warning(slot.item, "FailedCreatePodSandBox", str(error))
            except Exception:  # noqa: BLE001 - a fault with one pod must not take the others along
                _log.exception("pod %s: the node failed to run it", uid)
            if slot.gone and slot.pod is None:
                break
            await asyncio.sleep(_RETRY_SECONDS)
        del self._slots[uid]
        self._addresses.give_back(uid)

    def _new(self, item: Object) -> Pod:
        uid = item["metadata"]["uid"]
        address = self._addresses.take(uid)
        folder = self._tools.settings.pods / uid
        folder.mkdir(exist_ok=True)
        record_file = folder / "pod.json"
        record = {"start_time": now()}
        with contextlib.suppress(OSError, ValueError):
            record |= json.loads(record_file.read_text())
        record["address"] = address
        record_file.write_text(json.dumps(record))
        wire = f"127.{address.partition('.')[2]}"
        return Pod(PodContext(self._tools, item, folder, address, wire), record["start_time"])

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
