"""A release set, driven as far as it goes without waiting.

Services are released one after another, dependencies first. When one turns out bad it goes back
at once, then the ones before it, in reverse order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from fieldday.errors import Permanent
from fieldday.releases.readiness import Condition, Readiness
from fieldday.releases.rollout import (
    Abort,
    Analysis,
    AnalysisResult,
    Done,
    Heal,
    RolloutPlan,
    Step,
    Uninstall,
    Upgrade,
    next_step,
    undo,
)
from fieldday.releases.state import State

# A canary of ten steps and its way back have fewer than forty.
_MAX_STEPS = 100


class Place(Protocol):
    """What the driver needs of a cluster; `fieldday.releases.cluster.Cluster` is one."""

    def read(self, service: str, run: str) -> State:
        """The service's state, as the run sees it."""

    def readiness(self, service: str, analysis: Analysis) -> Readiness:
        """Whether the track that is to be analyzed is ready now."""

    def do(self, service: str, step: Upgrade | Heal | Uninstall) -> str:
        """Do one step. Returns what was done, in words."""


@dataclass(frozen=True)
class Event:
    """One thing that was done or found out, for the record."""

    time: str
    """RFC 3339, in UTC."""
    service: str
    text: str
    phase: str | None = None
    """Of a change: the phase that it begins."""
    good: bool | None = None
    """Of an analysis: whether its result was good."""
    weight: int | None = None
    """The candidate's share of the requests from then on, in percent."""
    figures: Mapping[str, float | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, without what is not known."""
        parts = {
            "phase": self.phase,
            "good": self.good,
            "weight": self.weight,
            "figures": dict(self.figures) or None,
        }
        known = {key: value for key, value in parts.items() if value is not None}
        return {"time": self.time, "service": self.service, "text": self.text, **known}


@dataclass(frozen=True)
class Waiting:
    """An analysis result is needed to continue."""

    service: str
    analysis: Analysis
    stable_tag: str | None
    """What stable runs meanwhile."""


@dataclass(frozen=True)
class Finished:
    """Nothing is left to do."""

    failed: str | None
    """The service that turned out bad; none: all are released."""
    reason: str = ""
    unrestored: tuple[str, ...] = ()
    """Of each service that does not serve as before: why, in words."""


@dataclass
class Driver:
    """One run's release set in one place."""

    place: Place
    plans: dict[str, RolloutPlan]
    """By service, in release order."""
    on_event: Callable[[Event], None]
    check: Callable[[str, Analysis], str] | None = None
    """Asked when a track without traffic is ready: what is wrong with its answers, or ''."""

    def advance(
        self, service: str | None = None, result: AnalysisResult | None = None
    ) -> Waiting | Finished:
        """Drive the set until an analysis result is needed or nothing is left.

        `result` is the one on `service` that the last `Waiting` asked for.
        """
        if service is not None and result is not None:
            self._log_result(service, result)
            if not result.good:
                # Requests meet the bad version now: this comes before anything else.
                self._once(service, result)
        given = {service: result} if service is not None and result is not None else {}
        for name in self.plans:
            end = self._settle(name, given.get(name), next_step)
            if isinstance(end, Waiting):
                return end
            if isinstance(end, Abort):
                return self._give_up(name, end, given)
        return Finished(failed=None)

    def go_back(
        self, reason: str, service: str | None = None, result: AnalysisResult | None = None
    ) -> Waiting | Finished:
        """Undo all that the run did, the last service first."""
        if service is not None and result is not None:
            self._log_result(service, result)
        given = {service: result} if service is not None and result is not None else {}
        back = self._undo_all(list(reversed(self.plans)), reason, given)
        if isinstance(back, Waiting):
            return back
        return Finished(next(reversed(self.plans)), reason, back)

    def _give_up(
        self, failed: str, end: Abort, given: Mapping[str, AnalysisResult]
    ) -> Waiting | Finished:
        text = f"undone with its set: {failed}: {end.reason}"
        others = [name for name in reversed(self.plans) if name != failed]
        back = self._undo_all(others, text, given)
        if isinstance(back, Waiting):
            return back
        own = () if end.restored else (f"{failed}: {end.reason}",)
        return Finished(failed, end.reason, (*own, *back))

    def _undo_all(
        self, names: list[str], reason: str, given: Mapping[str, AnalysisResult]
    ) -> Waiting | tuple[str, ...]:
        """Undo one after another. Returns, of those that could not be rolled back, why."""
        unrestored = []
        for name in names:
            end = self._undo(name, reason, given.get(name))
            if isinstance(end, Waiting):
                return end
            if isinstance(end, Abort) and not end.restored:
                unrestored.append(f"{name}: {end.reason}")
        return tuple(unrestored)

    def _undo(
        self, name: str, reason: str, result: AnalysisResult | None
    ) -> Waiting | Done | Abort:
        def ask(state: State, plan: RolloutPlan, result: AnalysisResult | None) -> Step:
            return undo(state, plan, reason, result)

        return self._settle(name, result, ask)

    def _settle(
        self,
        name: str,
        result: AnalysisResult | None,
        ask: Callable[[State, RolloutPlan, AnalysisResult | None], Step],
    ) -> Waiting | Done | Abort:
        plan = self.plans[name]
        for _ in range(_MAX_STEPS):
            state = self.place.read(name, plan.run)
            step = ask(state, plan, result)
            if isinstance(step, Done | Abort):
                return step
            if isinstance(step, Analysis):
                result = self._glance(name, step)
                if result is None:
                    return Waiting(name, step, state.stable_tag)
                self._log_result(name, result)
            else:
                self._do(name, step)
                result = None
        msg = f"{name}: does not come to an end. Look at `helm history fieldday-{name}`."
        raise Permanent(msg)

    def _once(self, name: str, result: AnalysisResult) -> None:
        plan = self.plans[name]
        step = next_step(self.place.read(name, plan.run), plan, result)
        if isinstance(step, Upgrade | Heal | Uninstall):
            self._do(name, step)

    def _glance(self, name: str, analysis: Analysis) -> AnalysisResult | None:
        """An analysis result that needs no waiting: on a track that is ready, or never will be."""
        if analysis.traffic:
            return None
        pods = self.place.readiness(name, analysis)
        if pods.condition is Condition.WAITING:
            return None
        if pods.condition is Condition.FAILED:
            return AnalysisResult(False, analysis, pods.reason)
        wrong = self.check(name, analysis) if self.check else ""
        return AnalysisResult(not wrong, analysis, wrong or pods.reason)

    def _do(self, name: str, step: Upgrade | Heal | Uninstall) -> None:
        text = self.place.do(name, step)
        phase = "healed" if isinstance(step, Heal) else str(step.record.phase)
        weight = step.weight if isinstance(step, Upgrade) else None
        self.on_event(Event(_now(), name, text, phase, weight=weight))

    def _log_result(self, name: str, result: AnalysisResult) -> None:
        text = f"{result.analysis}: {'good' if result.good else 'bad'}: {result.reason}"
        self.on_event(Event(_now(), name, text, good=result.good, figures=result.figures))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
