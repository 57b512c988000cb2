"""One run of a container: from a started process to its end."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Protocol

from sandbox.apiclient.api import Object
from sandbox.node import probing
from sandbox.node.context import PodContext
from sandbox.node.health import Health, Report
from sandbox.node.launch import Launch, Root
from sandbox.node.probes import Kind
from sandbox.node.probing import ProbeFailedError, Target
from sandbox.node.quantities import whole
from sandbox.node.shim import Shim
from sandbox.node.state import ContainerState
from sandbox.node.usage import Usage

# What the kubelet leaves a container when its preStop hook has used up the grace.
_LEAST_GRACE_SECONDS = 2.0
_LONGEST_HOOK_SECONDS = 3600.0
_MESSAGE_BYTES = 2048


class Owner(Protocol):
    """The container that a run belongs to."""

    spec: Object
    name: str
    state: ContainerState

    def set(self, **changes: object) -> None:
        """Change the state, and keep it."""


class Run:
    """A running process that belongs to a container."""

    def __init__(
        self,
        container: Owner,
        pod: PodContext,
        shim: Shim,
        prepared: Launch,
        root: Root,
        log: Path,
        *,
        fresh: bool,
    ) -> None:
        self._container = container
        self._pod = pod
        self._shim = shim
        self._stop_signal = prepared.stop_signal
        self._log = log
        self._fresh = fresh
        self._began = time.monotonic()
        self._ending: asyncio.Task[None] | None = None
        self._health: asyncio.Task[None] | None = None
        self._hooked = False
        self.out_of_memory = False
        spec = container.spec
        ports = {p["name"]: p["containerPort"] for p in spec.get("ports") or [] if p.get("name")}
        self._target = Target(
            pod.wire_ip, pod.pod_ip, ports, prepared.environment, prepared.directory, root
        )
        limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
        metadata = pod.pod["metadata"]
        self._usage = Usage(
            metadata["namespace"],
            metadata["name"],
            container.name,
            shim.pid,
            whole(limit) if limit else 0,
            self._exceeded,
        )

    async def attend(self) -> int:
        """Probe, measure and log it until it has ended; its exit code."""
        tools = self._pod.tools
        tools.usage.add(self._usage)
        tools.logs.open(self._log)
        self._health = asyncio.create_task(self._look_after())
        try:
            return await self._shim.wait()
        finally:
            self._health.cancel()
            await asyncio.gather(self._health, return_exceptions=True)
            if self._ending:
                self._ending.cancel()
            tools.usage.remove(self._shim.pid)
            tools.logs.close(self._log)

    def release(self) -> None:
        """Let go of the process, which goes on if it has not ended."""
        self._shim.release()

    async def stop(self, grace: float, hurry: asyncio.Event) -> None:
        """End it: the preStop hook and the signal within `grace` seconds, then SIGKILL.

        `hurry` cuts the waiting short.
        """
        deadline = time.monotonic() + grace
        # A container that is ending fails its probes, and nothing follows from that.
        if self._health and self._health is not asyncio.current_task():
            self._health.cancel()
        over = asyncio.create_task(self._shim.ended.wait())
        rushed = asyncio.create_task(hurry.wait())
        try:
            # Once only, when the pod is deleted while a failed probe is ending the container.
            action = None if self._hooked else self._hook("preStop")
            self._hooked = True
            if action:
                hook = asyncio.create_task(self._pre_stop(action, grace))
                await asyncio.wait(
                    {hook, over, rushed},
                    timeout=max(grace, 0),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                hook.cancel()
                await asyncio.gather(hook, return_exceptions=True)
            self._shim.signal(self._stop_signal)
            left = max(deadline - time.monotonic(), _LEAST_GRACE_SECONDS if grace else 0.5)
            await asyncio.wait({over, rushed}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not self._shim.has_ended and hurry.is_set():
                await asyncio.wait({over}, timeout=0.5)
            self._shim.signal(signal.SIGKILL)
            await over
        finally:
            over.cancel()
            rushed.cancel()

    def last_words(self, code: int) -> str:
        """The end of the log as the message of a failure, where the container asks for that."""
        policy = self._container.spec.get("terminationMessagePolicy")
        if code == 0 or policy != "FallbackToLogsOnError" or not self._log.exists():
            return ""
        with self._log.open("rb") as file:
            file.seek(max(self._log.stat().st_size - _MESSAGE_BYTES, 0))
            return file.read().decode(errors="replace")

    # --- hooks and probes ----------------------------------------------------------------------

    def _hook(self, name: str) -> Object | None:
        return (self._container.spec.get("lifecycle") or {}).get(name) or None

    async def _look_after(self) -> None:
        if self._fresh and (action := self._hook("postStart")):
            try:
                await probing.make(action, self._target, _LONGEST_HOOK_SECONDS)
            except ProbeFailedError as error:
                self._warning("FailedPostStartHook", f"PostStartHook failed: {error}")
                self._condemn(f"Container {self._container.name} failed its postStart hook", None)
                return
        container = self._container
        report = Report(
            started=lambda: container.set(started=True),
            ready=lambda ready: container.set(ready=ready),
            unhealthy=self._unhealthy,
            condemned=self._condemned,
        )
        health = Health(container.spec, self._target, report)
        already = container.state.started
        await health.run(began=self._began, already_started=already)

    async def _pre_stop(self, action: Object, grace: float) -> None:
        try:
            await probing.make(action, self._target, max(grace, 1.0))
        except ProbeFailedError as error:
            self._warning("FailedPreStopHook", f"PreStopHook failed: {error}")

    def _unhealthy(self, kind: Kind, message: str) -> None:
        self._warning("Unhealthy", f"{kind.capitalize()} probe failed: {message}")

    def _condemned(self, kind: Kind, probe: Object) -> None:
        name = self._container.name
        grace = probe.get("terminationGracePeriodSeconds")
        self._condemn(f"Container {name} failed {kind} probe, will be restarted", grace)

    def _condemn(self, message: str, grace: float | None) -> None:
        if self._ending:
            return
        pod = self._pod.pod
        self._pod.tools.events.normal(pod, "Killing", message, self._container.name)
        if grace is None:
            grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
        self._ending = asyncio.create_task(self.stop(float(grace), asyncio.Event()))

    def _exceeded(self) -> None:
        if not self.out_of_memory:
            self.out_of_memory = True
            self._shim.signal(signal.SIGKILL)

    def _warning(self, reason: str, message: str) -> None:
        self._pod.tools.events.warning(self._pod.pod, reason, message, self._container.name)
