"""Waiting for an analysis result: looks at a track again and again until there is one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldday.errors import FieldDayError, Permanent
from fieldday.releases.gate import GateStatus, analyze
from fieldday.releases.metrics import Figures, Subject
from fieldday.releases.readiness import Condition, Readiness, assess
from fieldday.releases.rollout import Analysis, AnalysisResult
from fieldday.settings import GateLimits

Workload = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]
Measure = Callable[[Subject, float], Awaitable[Figures]]

_POLL_SECONDS = 2.0
_BLIND_SECONDS = 60.0


@dataclass(frozen=True)
class Watch:
    """What is waited for, and how long."""

    service: str
    environment: str
    analysis: Analysis
    stable_tag: str | None
    """The version on stable, to compare a candidate with."""
    started: float
    """When the change was made that is analyzed, in seconds since 1970."""
    gate_seconds: float
    """How long traffic is analyzed at least, where the track has any."""
    ready_seconds: float = 180.0
    """How long the pods may take to be ready."""
    earliest: float = 0.0
    """Before how many seconds no result is returned, where the caller can't take one sooner."""

    @property
    def longest(self) -> float:
        """After how many seconds there is an analysis result, whatever happens."""
        gate_seconds = 3 * self.gate_seconds if self.analysis.traffic else 0
        return max(self.ready_seconds, gate_seconds, self.earliest) + _BLIND_SECONDS


async def watch(
    task: Watch,
    workload: Workload,
    measure: Measure,
    *,
    limits: GateLimits | None = None,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AnalysisResult:
    """Look every two seconds at pods and metrics until the analysis result is clear.

    What can't be observed for a minute counts as bad: no data never promotes. Never raises
    a `FieldDayError`, and comes back within `task.longest` seconds.
    """
    limits = limits or GateLimits()
    seen_at = now()
    while True:
        try:
            result = await _look(task, workload, measure, limits, now() - task.started)
            seen_at = now()
        except Permanent as e:
            result = AnalysisResult(False, task.analysis, f"can't be analyzed: {e}")
        except FieldDayError as e:
            blind = now() - seen_at
            if blind < _BLIND_SECONDS:
                result = None
            else:
                result = AnalysisResult(
                    False, task.analysis, f"can't be analyzed for {blind:.0f} s: {e}"
                )
        if result is not None:
            await sleep(max(0.0, task.started + task.earliest - now()))
            return result
        await sleep(min(_POLL_SECONDS, max(0.5, task.gate_seconds / 5)))


async def _look(
    task: Watch, workload: Workload, measure: Measure, limits: GateLimits, elapsed: float
) -> AnalysisResult | None:
    pods = assess(await workload(), task.analysis.track, task.analysis.version.tag)
    if pods.condition is Condition.FAILED:
        return AnalysisResult(False, task.analysis, pods.reason)
    if elapsed >= task.ready_seconds and not pods.is_ready:
        text = f"not ready after {elapsed:.0f} s: {pods.reason}"
        return AnalysisResult(False, task.analysis, text)
    # Pods of an old version may have been restarted long ago, by whatever.
    is_new = task.analysis.traffic or task.analysis.track == "candidate"
    if is_new and pods.restarts > limits.restarts:
        times = f"{pods.restarts} times" if pods.restarts > 1 else "once"
        return AnalysisResult(False, task.analysis, f"restarted {times} (limit {limits.restarts})")
    if not task.analysis.traffic:
        return AnalysisResult(True, task.analysis, pods.reason) if pods.is_ready else None
    return await _look_at_traffic(task, pods, measure, limits, elapsed)


async def _look_at_traffic(
    task: Watch, pods: Readiness, measure: Measure, limits: GateLimits, elapsed: float
) -> AnalysisResult | None:
    subject = Subject(
        task.service, task.environment, task.analysis.track, task.analysis.version.tag
    )
    found = await measure(subject, elapsed)
    stable: Figures | None = None
    if task.analysis.track == "candidate" and task.analysis.weight < 100 and task.stable_tag:
        old = Subject(task.service, task.environment, "stable", task.stable_tag)
        stable = await measure(old, elapsed)
    found_by_gate = analyze(
        found, stable, elapsed=elapsed, gate_seconds=task.gate_seconds, limits=limits
    )
    figures = _flat(found, stable)
    if found_by_gate.outcome is GateStatus.BAD:
        return AnalysisResult(False, task.analysis, found_by_gate.reason, figures)
    if found_by_gate.outcome is GateStatus.GOOD and pods.is_ready:
        return AnalysisResult(True, task.analysis, found_by_gate.reason, figures)
    return None


def _flat(found: Figures, stable: Figures | None) -> dict[str, float | None]:
    compared = {f"stable_{key}": value for key, value in stable.to_dict().items()} if stable else {}
    return {**found.to_dict(), **compared}
