"""One container's life: image, configuration, start, probes, end, and again after a pause."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sandbox.apiclient.api import ApiError, Object, UnreachableError, pause
from sandbox.node import adoption
from sandbox.node.backoff import BackOff
from sandbox.node.configuration import configure, root_of
from sandbox.node.context import PodContext
from sandbox.node.downward import ConfigError
from sandbox.node.images import Image
from sandbox.node.launch import Launch, Root, StartError
from sandbox.node.pulling import pull
from sandbox.node.run import Run
from sandbox.node.shim import Shim
from sandbox.node.state import ContainerState, Running, Terminated, Waiting, now

_log = logging.getLogger(__name__)

_CONFIG_RETRY_SECONDS = 3.0
_START_ERROR = 128


class Container:
    """A container of one pod. `run` it; `stop` it."""

    def __init__(
        self, spec: Object, pod: PodContext, policy: str, changed: Callable[[], None]
    ) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self._pod = pod
        self._policy = policy
        self._changed = changed
        self.folder: Path = pod.folder / "containers" / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = ContainerState.load(self._state_file)
        self._kept = kept is not None
        self.state = kept or ContainerState(self.name, image=spec["image"])
        settings = pod.tools.settings
        self._backoff = BackOff(settings.restart_backoff, settings.backoff_limit)
        self._run: Run | None = None
        self._stopping = asyncio.Event()
        self._noted = asyncio.Event()
        self.settled = asyncio.Event()
        """It has started (its startup probe has passed), or has ended for good."""

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"

    def log(self, number: int) -> Path:
        """The log of a run, by how many restarts were before it."""
        return self.folder / f"{number}.log"

    def set(self, **changes: object) -> None:
        """Change the state, keep it, and let the pod know."""
        state = self.state.to(**changes)
        if state == self.state:
            return
        self.state = state
        try:
            state.save(self._state_file)
        except OSError as error:
            # A full disk: what is known here still counts, it only would not outlive the node.
            _log.warning("%s: %s", self._state_file, error.strerror)
        if state.started or state.finished:
            self.settled.set()
        self._changed()

    async def run(self) -> None:
        """Run it until it has ended for good or is stopped.

        Cancelled, it leaves the process running, to be adopted.
        """
        if self.state.finished:
            self.settled.set()
            return
        if self._kept:
            await self._resume()
        while not (self._stopping.is_set() or self.state.finished):
            if self.state.last or isinstance(self.state.now, Terminated):
                await self._back_off()
            if await self._start():
                await self._attend()

    async def stop(self, grace: float, hurry: asyncio.Event) -> None:
        """End it: preStop, signal, and after `grace` seconds or on `hurry` for good."""
        self._stopping.set()
        if self._run:
            self._event("Killing", f"Stopping container {self.name}")
            await self._run.stop(grace, hurry)
            # `run` notes how it ended, in a task of its own.
            await self._noted.wait()

    # --- a run ---------------------------------------------------------------------------------

    async def _start(self) -> bool:
        """Start the process; whether it runs now."""
        image = await pull(self.spec, self._pod, self._stopping, self._wait)
        if image is None:
            return False
        ready = await self._configure(image)
        if ready is None:
            return False
        prepared, root = ready
        again = bool(self.state.container_id)
        number = self.state.restarts + 1 if again else self.state.restarts
        identity = f"fieldday://{secrets.token_hex(32)}"
        log = self.log(number)
        for old in self.folder.glob("*.log"):
            if old not in (log, self.log(number - 1)):
                old.unlink()
                old.with_suffix(".index").unlink(missing_ok=True)
        about = {"image_id": image.identity, "container_id": identity, "restarts": number}
        try:
            shim = Shim.start(
                prepared.command,
                environment=prepared.environment,
                directory=prepared.directory,
                log=log,
                result=self.folder / "exit",
            )
        except OSError as error:
            self._not_started(StartError(str(error)), about)
            return False
        running = Running(now(), shim.pid, shim.started, prepared.stop_signal)
        last = self._ended()
        self.set(now=running, last=last, started=False, ready=False, **about)
        self._event("Created", f"Created container: {self.name}")
        self._event("Started", f"Started container {self.name}")
        self._run = Run(self, self._pod, shim, prepared, root, log, fresh=True)
        return True

    async def _attend(self) -> None:
        """Look after the running process until it has ended, and say how."""
        self._noted.clear()
        run, running = self._run, self.state.now
        if run is None or not isinstance(running, Running):
            return
        try:
            code = await run.attend()
            reason = "OOMKilled" if run.out_of_memory else "Completed" if code == 0 else "Error"
            self._end(running, code, reason, now(), run.last_words(code))
        finally:
            run.release()
            self._run = None
            self._noted.set()

    def _end(self, running: Running, code: int, reason: str, at: str, message: str = "") -> None:
        ended = Terminated(code, reason, running.started_at, at, self.state.container_id, message)
        again = self._policy == "Always" or (self._policy == "OnFailure" and code != 0)
        over = self._stopping.is_set() or not again
        self.set(now=ended, started=False, ready=False, finished=over)

    async def _resume(self) -> None:
        """Take up what an earlier run of the node has left."""
        running = self.state.now
        if not isinstance(running, Running):
            return
        result = self.folder / "exit"
        shim = Shim.adopt(running.pid, running.ticks, result)
        if shim is None:
            code, at = adoption.ending(result)
            self._end(running, code, "Completed" if code == 0 else "Error", at)
            return
        root = root_of(self.spec, self.folder)
        prepared = adoption.launch_of(shim.pid, running.stop_signal)
        log = self.log(self.state.restarts)
        if self.state.started:
            self.settled.set()
        self._run = Run(self, self._pod, shim, prepared, root, log, fresh=False)
        await self._attend()

    async def _back_off(self) -> None:
        ended = self._ended()
        if ended is None:
            return
        ran = _seconds(ended.finished_at) - _seconds(ended.started_at)
        delay = self._backoff.next(ran)
        if delay <= 0:
            return
        metadata = self._pod.pod["metadata"]
        pod = f"{metadata['name']}_{metadata['namespace']}({self._pod.uid})"
        message = f"restarting failed container={self.name} pod={pod}"
        self._warning("BackOff", f"Back-off restarting failed container {self.name} in pod {pod}")
        waiting = Waiting("CrashLoopBackOff", f"back-off {delay:g}s {message}")
        self.set(now=waiting, last=ended)
        await pause(delay, self._stopping)

    # --- configuration -------------------------------------------------------------------------

    async def _configure(self, image: Image) -> tuple[Launch, Root] | None:
        while not self._stopping.is_set():
            try:
                return await configure(self.spec, self._pod, self.folder, image, self._warning)
            except ConfigError as error:
                self._warning("Failed", f"Error: {error}")
                self._wait(Waiting("CreateContainerConfigError", str(error)))
            except StartError as error:
                again = bool(self.state.container_id)
                number = self.state.restarts + 1 if again else self.state.restarts
                identity = f"fieldday://{secrets.token_hex(32)}"
                about = {"image_id": image.identity, "container_id": identity, "restarts": number}
                self._not_started(error, about)
                return None
            except (ApiError, UnreachableError) as error:
                self._wait(Waiting("CreateContainerConfigError", str(error)))
            await pause(_CONFIG_RETRY_SECONDS, self._stopping)
        return None

    def _not_started(self, error: StartError, about: dict[str, object]) -> None:
        message = f"failed to start container: {error}"
        self._warning("Failed", f"Error: {message}")
        last = self._ended()
        self.set(last=last, **about)
        self._end(Running(now()), _START_ERROR, "StartError", now(), message)

    # --- words ---------------------------------------------------------------------------------

    def _ended(self) -> Terminated | None:
        return self.state.now if isinstance(self.state.now, Terminated) else self.state.last

    def _wait(self, waiting: Waiting) -> None:
        self.set(now=waiting, last=self._ended())

    def _event(self, reason: str, message: str) -> None:
        self._pod.tools.events.normal(self._pod.pod, reason, message, self.name)

    def _warning(self, reason: str, message: str) -> None:
        self._pod.tools.events.warning(self._pod.pod, reason, message, self.name)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
