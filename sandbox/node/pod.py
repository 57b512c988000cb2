"""One pod's life: volumes, init containers, containers, ending."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
from datetime import UTC, datetime

from sandbox.apiclient.api import ApiError, Object, UnreachableError
from sandbox.node import process, volumes
from sandbox.node.container import Container
from sandbox.node.context import PodContext
from sandbox.node.downward import ConfigError
from sandbox.node.reporting import Reporter
from sandbox.node.state import ContainerState, Waiting
from sandbox.node.status import PodView, is_sidecar, succeeded
from sandbox.node.unsupported import problems

_RETRY_SECONDS = 2.0
# Mounted ConfigMaps, Secrets and tokens are renewed so often; the kubelet takes about as long.
_REFRESH_SECONDS = 60.0
# `kubectl delete --force`: nobody waits any more, but the process still gets its signal.
_FORCED_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Pod:
    """A pod bound to this node. Nothing of it is kept in the API: no finalizer, no annotation."""

    def __init__(self, context: PodContext, start_time: str) -> None:
        self.context = context
        self._start_time = start_time
        # A pod that has succeeded or failed never changes again, whoever looks after it.
        phase = (context.pod.get("status") or {}).get("phase")
        self._was_over = phase in ("Succeeded", "Failed")
        self._failure: tuple[str, str] | None = None
        self._ending = asyncio.Event()
        self._hurry = asyncio.Event()
        self._is_gone = False
        self._grace = 30.0
        self.reporter = Reporter(context.tools.api, context, self._view)
        spec = context.pod["spec"]
        policy = spec.get("restartPolicy") or "Always"
        init_policy = "OnFailure" if policy == "Always" else policy
        changed = self.reporter.changed
        self.init = [
            Container(c, context, "Always" if is_sidecar(c) else init_policy, changed)
            for c in spec.get("initContainers") or []
        ]
        self.main = [Container(c, context, policy, changed) for c in spec["containers"]]
        if self.init:
            for container in self.main:
                if container.state == ContainerState(container.name, image=container.spec["image"]):
                    container.state = container.state.to(now=Waiting("PodInitializing"))

    @property
    def containers(self) -> list[Container]:
        """All of them, init containers first."""
        return [*self.init, *self.main]

    def update(self, pod: Object) -> None:
        """The API shows the pod like this now."""
        self.context.pod = pod
        metadata = pod["metadata"]
        if metadata.get("deletionTimestamp"):
            grace = float(metadata.get("deletionGracePeriodSeconds") or 0)
            if self._ending.is_set() and grace < self._grace:
                self._hurry.set()
            self._grace = grace
            self._ending.set()
        self.reporter.changed()

    def gone(self) -> None:
        """The API has it no more: end it at once."""
        self._is_gone = True
        self._grace = min(self._grace, _FORCED_SECONDS)
        self._hurry.set() if self._ending.is_set() else self._ending.set()

    async def run(self) -> None:
        """Live and end. Cancelled, it leaves its processes running, to be adopted."""
        if self._was_over:
            await self._ending.wait()
            await self.reporter.delete()
            await self._clear()
            return
        reporting: asyncio.Task[object] = asyncio.create_task(self.reporter.run())
        living: asyncio.Task[object] = asyncio.create_task(self._live())
        ending: asyncio.Task[object] = asyncio.create_task(self._ending.wait())
        try:
            while not ending.done():
                # Alive until it has succeeded or failed; a fault of ours must be seen.
                going_on = [task for task in (living, reporting, ending) if not task.done()]
                await asyncio.wait(going_on, return_when=asyncio.FIRST_COMPLETED)
                for task in (living, reporting):
                    if task.done():
                        task.result()
            self.reporter.changed()
            await self._stop(self._grace)
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            if not self._is_gone:
                await self.reporter.finish()
            await self._clear()
        finally:
            tasks = (reporting, living, ending)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- living --------------------------------------------------------------------------------

    async def _live(self) -> None:
        spec = self.context.pod["spec"]
        found = problems(spec)
        for problem in found:
            self.context.tools.events.warning(self.context.pod, "UnsupportedField", problem)
        if found:
            self._fail("UnsupportedField", found[0])
            return
        deadline = spec.get("activeDeadlineSeconds")
        containers = asyncio.create_task(self._containers())
        try:
            await asyncio.wait({containers}, timeout=self._left(deadline))
            if containers.done():
                containers.result()
                return
            # Stopped before the tasks are cancelled: cancelled, they leave the processes alone.
            message = "Pod was active on the node longer than the specified deadline"
            self.context.tools.events.normal(self.context.pod, "DeadlineExceeded", message)
            await self._stop(float(spec.get("terminationGracePeriodSeconds", 30)))
            self._fail("DeadlineExceeded", message)
        finally:
            containers.cancel()
            await asyncio.gather(containers, return_exceptions=True)

    def _left(self, deadline: int | None) -> float | None:
        if deadline is None:
            return None
        began = datetime.fromisoformat(self._start_time)
        return max(deadline - (datetime.now(UTC) - began).total_seconds(), 0)

    async def _containers(self) -> None:
        await self._volumes()
        running: list[asyncio.Task[None]] = [asyncio.create_task(self._refresh())]
        try:
            for container in self.init:
                task = asyncio.create_task(container.run())
                running.append(task)
                if is_sidecar(container.spec):
                    await container.settled.wait()
                    continue
                await task
                if not succeeded(container.state):
                    return
            main = [asyncio.create_task(container.run()) for container in self.main]
            running += main
            await asyncio.gather(*main)
            for container in reversed(self.init):
                await container.stop(self._grace, self._hurry)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _volumes(self) -> None:
        while True:
            for volume in self.context.pod["spec"].get("volumes") or []:
                try:
                    await self._volume(volume)
                except (ConfigError, ApiError, UnreachableError, OSError) as error:
                    self.context.tools.events.warning(
                        self.context.pod,
                        "FailedMount",
                        f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}',
                    )
                    break
            else:
                return
            await asyncio.sleep(_RETRY_SECONDS)

    async def _volume(self, volume: Object) -> None:
        folder = self.context.volumes / volume["name"]
        content = await volumes.files(volume, self.context.sources, self.context.downward)
        if content is None:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o777)
        else:
            await asyncio.to_thread(volumes.write, folder, content)

    async def _refresh(self) -> None:
        changing = [v for v in self.context.pod["spec"].get("volumes") or [] if "emptyDir" not in v]
        while changing:
            await asyncio.sleep(_REFRESH_SECONDS)
            for volume in changing:
                # What is mounted stays as it is until it can be read again.
                with contextlib.suppress(ConfigError, ApiError, UnreachableError, OSError):
                    await self._volume(volume)

    # --- ending --------------------------------------------------------------------------------

    async def _stop(self, grace: float) -> None:
        sidecars = [c for c in self.init if is_sidecar(c.spec)]
        rest = [c for c in self.containers if c not in sidecars]
        await asyncio.gather(*(container.stop(grace, self._hurry) for container in rest))
        for container in reversed(sidecars):
            await container.stop(grace, self._hurry)

    async def _clear(self) -> None:
        """Leave no process and no file behind."""
        for pid in process.marked(self.context.marks):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # A thread may still be making a root when the pod is cut short in its start.
        for _ in range(3):
            await asyncio.to_thread(shutil.rmtree, self.context.folder, ignore_errors=True)
            if not self.context.folder.exists():
                return
            await asyncio.sleep(0.2)

    # --- telling -------------------------------------------------------------------------------

    def _fail(self, reason: str, message: str) -> None:
        self._failure = (reason, message)
        self.reporter.changed()

    def _view(self) -> PodView:
        conditions = self.reporter.conditions
        return PodView(
            pod=self.context.pod,
            host_ip=self.context.tools.settings.address,
            start_time=self._start_time,
            pod_ip=self.context.pod_ip,
            init=[c.state for c in self.init],
            main=[c.state for c in self.main],
            ending=self._ending.is_set(),
            failure=self._failure,
            before=conditions,
        )
