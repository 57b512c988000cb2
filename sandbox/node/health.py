"""The probes of one running container: when they are made, and what follows from them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sandbox.apiclient.api import Object
from sandbox.node import probing
from sandbox.node.probes import Kind, Timing, Verdict
from sandbox.node.probing import ProbeFailedError, Target

# Until a container is ready for the first time it is looked at more often than its period says
# (which the API allows), so that it gets traffic as soon as it can. Extra failures don't count.
_EAGER_SECONDS = 0.2
_EAGER_FOR_SECONDS = 10.0
_LATER_EAGER_SECONDS = 1.0
# No failure counts so soon after the start: a process needs a moment to listen.
_GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class Report:
    """Whom the results concern."""

    started: Callable[[], None]
    ready: Callable[[bool], None]
    unhealthy: Callable[[Kind, str], None]
    """A probe failed once."""
    condemned: Callable[[Kind, Object], None]
    """Startup or liveness has failed for good: the container is to be restarted."""


@dataclass(frozen=True)
class Health:
    """One run's probes."""

    container: Object
    target: Target
    report: Report

    async def run(self, *, began: float, already_started: bool) -> None:
        """Probe until cancelled. `began` is `time.monotonic()` of the container's start."""
        if (probe := self.container.get("startupProbe")) and not already_started:
            async for passed in self._verdicts("startup", probe, began):
                if passed:
                    break
                self.report.condemned("startup", probe)
                return
        self.report.started()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._readiness(began))
            group.create_task(self._liveness(began))

    async def _readiness(self, began: float) -> None:
        probe = self.container.get("readinessProbe")
        if not probe:
            self.report.ready(True)
            return
        async for passed in self._verdicts("readiness", probe, began):
            self.report.ready(passed)

    async def _liveness(self, began: float) -> None:
        if probe := self.container.get("livenessProbe"):
            async for passed in self._verdicts("liveness", probe, began):
                if not passed:
                    self.report.condemned("liveness", probe)
                    return

    async def _verdicts(self, kind: Kind, probe: Object, began: float) -> AsyncIterator[bool]:
        timing = Timing.of(probe)
        verdict = Verdict.first(kind, timing)
        await asyncio.sleep(max(began + timing.initial_delay - time.monotonic(), 0))
        first = time.monotonic()
        due = first + min(timing.period, _GRACE_SECONDS)
        eager = kind != "liveness"
        if not eager:
            await asyncio.sleep(due - first)
        while True:
            failure = await self._make(probe, timing)
            if failure is None:
                eager = False
            counts = failure is None or time.monotonic() >= due
            if counts:
                due = time.monotonic() + timing.period
                if failure is not None:
                    self.report.unhealthy(kind, failure)
                if verdict.add(failure is None):
                    yield verdict.passed
            wait = due - time.monotonic()
            if eager:
                fresh = time.monotonic() - first < _EAGER_FOR_SECONDS
                wait = min(wait, _EAGER_SECONDS if fresh else _LATER_EAGER_SECONDS)
            await asyncio.sleep(max(wait, 0.01))

    async def _make(self, probe: Object, timing: Timing) -> str | None:
        try:
            await probing.make(probe, self.target, timing.timeout)
        except ProbeFailedError as error:
            return str(error)
        except (ValueError, LookupError, OSError) as error:
            # An answer that nobody thought of is a failure, and no end of the probing.
            return repr(error)
        return None
