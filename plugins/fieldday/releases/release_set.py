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
    Change,
    Done,
    Heal,
    Judge,
    Plan,
    Step,
    Uninstall,
    Verdict,
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

    def readiness(self, service: str, judge: Judge) -> Readiness:
        """Whether the track that is to be judged is ready now."""

    def do(self, service: str, step: Change | Heal | Uninstall) -> str:
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
    """Of a verdict: which."""
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
    """A verdict is needed to go on."""

    service: str
    judge: Judge
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
    plans: dict[str, Plan]
    """By service, in release order."""
    on_event: Callable[[Event], None]
    check: Callable[[str, Judge], str] | None = None
    """Asked when a track without traffic is ready: what is wrong with its answers, or ''."""

    def advance(
        self, service: str | None = None, verdict: Verdict | None = None
    ) -> Waiting | Finished:
        """Go on until a verdict is needed or nothing is left.

        `verdict` is the one on `service` that the last `Waiting` asked for.
        """
        if service is not None and verdict is not None:
            self._say_verdict(service, verdict)
            if not verdict.good:
                # Requests meet the bad version now: this comes before anything else.
                self._once(service, verdict)
        given = {service: verdict} if service is not None and verdict is not None else {}
        for name in self.plans:
            end = self._settle(name, given.get(name), next_step)
            if isinstance(end, Waiting):
                return end
            if isinstance(end, Abort):
                return self._give_up(name, end, given)
        return Finished(failed=None)

    def go_back(
        self, reason: str, service: str | None = None, verdict: Verdict | None = None
    ) -> Waiting | Finished:
        """Undo all that the run did, the last service first."""
        if service is not None and verdict is not None:
            self._say_verdict(service, verdict)
        given = {service: verdict} if service is not None and verdict is not None else {}
        back = self._undo_all(list(reversed(self.plans)), reason, given)
        if isinstance(back, Waiting):
            return back
        return Finished(next(reversed(self.plans)), reason, back)

    def _give_up(self, failed: str, end: Abort, given: Mapping[str, Verdict]) -> Waiting | Finished:
        text = f"undone with its set: {failed}: {end.reason}"
        others = [name for name in reversed(self.plans) if name != failed]
        back = self._undo_all(others, text, given)
        if isinstance(back, Waiting):
            return back
        own = () if end.restored else (f"{failed}: {end.reason}",)
        return Finished(failed, end.reason, (*own, *back))

    def _undo_all(
        self, names: list[str], reason: str, given: Mapping[str, Verdict]
    ) -> Waiting | tuple[str, ...]:
        """Undo one after another. Gives, of those that could not be put back, why."""
        unrestored = []
        for name in names:
            end = self._undo(name, reason, given.get(name))
            if isinstance(end, Waiting):
                return end
            if isinstance(end, Abort) and not end.restored:
                unrestored.append(f"{name}: {end.reason}")
        return tuple(unrestored)

    def _undo(self, name: str, reason: str, verdict: Verdict | None) -> Waiting | Done | Abort:
        def ask(state: State, plan: Plan, verdict: Verdict | None) -> Step:
            return undo(state, plan, reason, verdict)

        return self._settle(name, verdict, ask)

    def _settle(
        self,
        name: str,
        verdict: Verdict | None,
        ask: Callable[[State, Plan, Verdict | None], Step],
    ) -> Waiting | Done | Abort:
        plan = self.plans[name]
        for _ in range(_MAX_STEPS):
            state = self.place.read(name, plan.run)
            step = ask(state, plan, verdict)
            if isinstance(step, Done | Abort):
                return step
            if isinstance(step, Judge):
                verdict = self._glance(name, step)
                if verdict is None:
                    return Waiting(name, step, state.stable_tag)
                self._say_verdict(name, verdict)
            else:
                self._do(name, step)
                verdict = None
        msg = f"{name}: does not come to an end. Look at `helm history fieldday-{name}`."
        raise Permanent(msg)

    def _once(self, name: str, verdict: Verdict) -> None:
        plan = self.plans[name]
        step = next_step(self.place.read(name, plan.run), plan, verdict)
        if isinstance(step, Change | Heal | Uninstall):
            self._do(name, step)

    def _glance(self, name: str, judge: Judge) -> Verdict | None:
        """A verdict that needs no waiting: on a track that is ready, or never will be."""
        if judge.traffic:
            return None
        pods = self.place.readiness(name, judge)
        if pods.condition is Condition.WAITING:
            return None
        if pods.condition is Condition.FAILED:
            return Verdict(False, judge, pods.reason)
        wrong = self.check(name, judge) if self.check else ""
        return Verdict(not wrong, judge, wrong or pods.reason)

    def _do(self, name: str, step: Change | Heal | Uninstall) -> None:
        text = self.place.do(name, step)
        phase = "healed" if isinstance(step, Heal) else str(step.record.phase)
        weight = step.weight if isinstance(step, Change) else None
        self.on_event(Event(_now(), name, text, phase, weight=weight))

    def _say_verdict(self, name: str, verdict: Verdict) -> None:
        text = f"{verdict.judged}: {'good' if verdict.good else 'bad'}: {verdict.reason}"
        self.on_event(Event(_now(), name, text, good=verdict.good, figures=verdict.figures))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
