"""Waiting for a verdict: looks at a track again and again until there is one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldday.errors import FieldDayError, Permanent
from fieldday.releases.gate import Limits, Outcome, judge
from fieldday.releases.metrics import Figures, Subject
from fieldday.releases.readiness import Condition, Readiness, assess
from fieldday.releases.rollout import Judge, Verdict

Workload = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]
Measure = Callable[[Subject, float], Awaitable[Figures]]

_POLL_SECONDS = 2.0
_BLIND_SECONDS = 60.0


@dataclass(frozen=True)
class Watch:
    """What is waited for, and how long."""

    service: str
    environment: str
    judge: Judge
    stable_tag: str | None
    """The version on stable, to compare a candidate with."""
    started: float
    """When the change was made that is judged, in seconds since 1970."""
    gate_seconds: float
    """How long traffic is judged at least, where the track has any."""
    ready_seconds: float = 180.0
    """How long the pods may take to be ready."""
    earliest: float = 0.0
    """Before how many seconds no verdict is given, where the asker can't take one sooner."""

    @property
    def longest(self) -> float:
        """After how many seconds there is a verdict, whatever happens."""
        gate_seconds = 3 * self.gate_seconds if self.judge.traffic else 0
        return max(self.ready_seconds, gate_seconds, self.earliest) + _BLIND_SECONDS


async def watch(
    task: Watch,
    workload: Workload,
    measure: Measure,
    *,
    limits: Limits | None = None,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Verdict:
    """Look every two seconds at pods and metrics until the verdict is clear.

    What can't be observed for a minute is judged bad: no data never promotes. Never raises
    a `FieldDayError`, and comes back within `task.longest` seconds.
    """
    limits = limits or Limits()
    seen_at = now()
    while True:
        try:
            verdict = await _look(task, workload, measure, limits, now() - task.started)
            seen_at = now()
        except Permanent as e:
            verdict = Verdict(False, task.judge, f"can't be judged: {e}")
        except FieldDayError as e:
            blind = now() - seen_at
            if blind < _BLIND_SECONDS:
                verdict = None
            else:
                verdict = Verdict(False, task.judge, f"can't be judged for {blind:.0f} s: {e}")
        if verdict is not None:
            await sleep(max(0.0, task.started + task.earliest - now()))
            return verdict
        await sleep(min(_POLL_SECONDS, max(0.5, task.gate_seconds / 5)))


async def _look(
    task: Watch, workload: Workload, measure: Measure, limits: Limits, elapsed: float
) -> Verdict | None:
    pods = assess(await workload(), task.judge.track, task.judge.version.tag)
    if pods.condition is Condition.FAILED:
        return Verdict(False, task.judge, pods.reason)
    if elapsed >= task.ready_seconds and not pods.is_ready:
        text = f"not ready after {elapsed:.0f} s: {pods.reason}"
        return Verdict(False, task.judge, text)
    # Pods of an old version may have been restarted long ago, by whatever.
    is_new = task.judge.traffic or task.judge.track == "candidate"
    if is_new and pods.restarts > limits.restarts:
        times = f"{pods.restarts} times" if pods.restarts > 1 else "once"
        return Verdict(False, task.judge, f"restarted {times} (limit {limits.restarts})")
    if not task.judge.traffic:
        return Verdict(True, task.judge, pods.reason) if pods.is_ready else None
    return await _look_at_traffic(task, pods, measure, limits, elapsed)


async def _look_at_traffic(
    task: Watch, pods: Readiness, measure: Measure, limits: Limits, elapsed: float
) -> Verdict | None:
    subject = Subject(task.service, task.environment, task.judge.track, task.judge.version.tag)
    found = await measure(subject, elapsed)
    stable: Figures | None = None
    if task.judge.track == "candidate" and task.judge.weight < 100 and task.stable_tag:
        old = Subject(task.service, task.environment, "stable", task.stable_tag)
        stable = await measure(old, elapsed)
    opinion = judge(found, stable, elapsed=elapsed, gate_seconds=task.gate_seconds, limits=limits)
    figures = _flat(found, stable)
    if opinion.outcome is Outcome.BAD:
        return Verdict(False, task.judge, opinion.reason, figures)
    if opinion.outcome is Outcome.GOOD and pods.is_ready:
        return Verdict(True, task.judge, opinion.reason, figures)
    return None


def _flat(found: Figures, stable: Figures | None) -> dict[str, float | None]:
    compared = {f"stable_{key}": value for key, value in stable.to_dict().items()} if stable else {}
    return {**found.to_dict(), **compared}
