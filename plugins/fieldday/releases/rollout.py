"""What to do next in a rollout: a pure function of what the cluster says.

    canary, blue-green   candidate -> weight … -> weight 100 -> promote -> settle -> released
    rolling              roll -> released
    nothing there yet    install -> released
    a bad result         back (weight 0, old version on stable) -> restored (no candidate)

Nothing is remembered elsewhere, so whoever was killed in the middle, and whenever, another one
resumes from the cluster. What was found good is known from the phase: the next one is entered
after a good analysis result only. An analysis whose result got lost is repeated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from fieldday.releases.request import Strategy
from fieldday.releases.state import Phase, Record, State, Version

_GIVEN_UP = (Phase.BACK, Phase.RESTORED)


@dataclass(frozen=True)
class RolloutPlan:
    """Where one service's rollout is to end, and by which way."""

    run: str
    """The orchestrator's id of the run: what this run began, another does not continue."""
    strategy: Strategy
    target: Version
    steps: tuple[int, ...] = (100,)
    """Of a canary: the weights in percent, ascending, the last 100."""
    traffic: bool = True
    """Whether stable has users' requests to be analyzed by; staging has none."""

    @property
    def weights(self) -> tuple[int, ...]:
        """The weights that the candidate goes through. Blue-green switches at once."""
        return self.steps if self.strategy == "canary" else (100,)


@dataclass(frozen=True)
class Analysis:
    """Wait, and analyze a track: whether it is ready, and with `traffic` how it serves."""

    track: Literal["stable", "candidate"]
    version: Version
    traffic: bool
    """Whether it has users' requests to be analyzed by."""
    weight: int = 0
    """The candidate's share of the requests meanwhile, in percent."""

    def __str__(self) -> str:
        if self.traffic and self.track == "candidate":
            return f"{self.version} at {self.weight} %"
        return f"{self.version} on {self.track}" + ("" if self.traffic else ", ready?")


@dataclass(frozen=True)
class AnalysisResult:
    """What an analysis found. It counts only for the state in which `analysis` is the next step."""

    good: bool
    analysis: Analysis
    reason: str
    """In words, with the figures that decided."""
    figures: dict[str, float | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Upgrade:
    """One Helm upgrade: what the release is to be afterwards."""

    record: Record
    stable: Version
    candidate: Version | None = None
    candidate_replicas: int = 0
    weight: int = 0
    preview: bool = False
    """Whether the candidate gets a host of its own to be tested on."""


@dataclass(frozen=True)
class Heal:
    """Helm's last operation was interrupted: roll back to the last revision that was deployed."""


@dataclass(frozen=True)
class Uninstall:
    """The first version was bad: remove the release, so that all is as before."""

    record: Record


@dataclass(frozen=True)
class Done:
    """Stable runs the target, there is no candidate, and nothing is left to do."""

    text: str


@dataclass(frozen=True)
class Abort:
    """The target is not released, stable runs what it ran before, and nothing is left to do."""

    reason: str
    restored: bool = True
    """Whether stable serves as before; if not, `reason` says what is left to a person."""


Step = Analysis | Upgrade | Heal | Uninstall | Done | Abort


def next_step(state: State, plan: RolloutPlan, result: AnalysisResult | None = None) -> Step:
    """The next step from `state` towards `plan`'s target, or back from it.

    `result` is the last one, if any; one of another state is ignored. Each `Upgrade`, `Heal` and
    `Uninstall` changes what the cluster says, so the caller reads it again and asks again.
    """
    if state.broken:
        return Heal()
    record = state.record
    mine = record is not None and record.run == plan.run
    if record is not None and mine and record.phase in _GIVEN_UP:
        return _go_back(state, plan, record.text, result)
    if state.started and not mine:
        return Abort("it was changed by hand during the release, and is left as it is")
    if state.stable is None:
        return Upgrade(Record(Phase.INSTALL, plan.run, f"{plan.target}"), plan.target)
    phase = record.phase if record is not None and mine else None
    if phase in (None, Phase.CLEARED):
        return _clear(state, plan, state.stable) or _begin(state, plan, state.stable, result)
    return _go_on(state, plan, state.stable, phase, result)


def undo(
    state: State, plan: RolloutPlan, reason: str, result: AnalysisResult | None = None
) -> Step:
    """The next step back to what was there before the run of `plan`; `Done` where it did nothing.

    For a release set: what was promoted before another service of it turned out bad.
    """
    if state.broken:
        return Heal()
    if state.record is None or state.record.run != plan.run:
        return Done("not touched by this run")
    return _go_back(state, plan, reason, result)


class Left(Enum):
    """What a run has left of one service."""

    NOTHING = "nothing"
    RELEASED = "released"
    UNFINISHED = "unfinished"


def left_by(run: str, state: State) -> Left:
    """What that run has left; what another run, or a person, has done since is not its own."""
    # What is broken may be the run's first change, which has left no record.
    if state.broken:
        return Left.UNFINISHED
    record = state.record
    if record is None or record.run != run or record.phase is Phase.RESTORED:
        return Left.NOTHING
    return Left.RELEASED if record.phase is Phase.RELEASED else Left.UNFINISHED


def pods_for(weight: int, stable_replicas: int) -> int:
    """How many pods a candidate needs to bear `weight` percent of what stable bears."""
    return max(1, math.ceil(stable_replicas * weight / 100))


def _clear(state: State, plan: RolloutPlan, stable: Version) -> Step | None:
    """Remove a candidate that another run, or a person, left: its traffic first."""
    if state.candidate is None:
        return None
    record = Record(Phase.CLEARED, plan.run, f"{state.candidate}, left by another run")
    if state.weight:
        return Upgrade(record, stable, state.candidate, state.candidate_replicas)
    return Upgrade(record, stable)


def _begin(state: State, plan: RolloutPlan, stable: Version, result: AnalysisResult | None) -> Step:
    if stable == plan.target:
        analysis = Analysis("stable", stable, traffic=False)
        if (found := _of(result, analysis)) is None:
            return analysis
        if found.good:
            return Done(f"{stable} was there already")
        return Abort(f"{stable} was there already, but: {found.reason}")
    if plan.strategy == "rolling":
        return Upgrade(Record(Phase.ROLL, plan.run, f"{stable} to {plan.target}"), plan.target)
    pods = pods_for(plan.weights[0], state.stable_replicas)
    record = Record(Phase.CANDIDATE, plan.run, f"{plan.target} at 0 %")
    preview = plan.strategy == "blue-green"
    return Upgrade(record, stable, plan.target, pods, preview=preview)


def _go_on(
    state: State,
    plan: RolloutPlan,
    stable: Version,
    phase: Phase | None,
    result: AnalysisResult | None,
) -> Step:
    if phase is Phase.SETTLE:
        return Upgrade(Record(Phase.RELEASED, plan.run, f"{plan.target}"), stable)
    if phase is Phase.RELEASED:
        return Done(f"{stable} is released")
    analysis = _analysis(phase, plan, state.weight)
    found = _of(result, analysis)
    if found is None:
        return analysis
    if not found.good:
        return _go_back(state, plan, found.reason, result)
    if phase in (Phase.INSTALL, Phase.ROLL):
        return Upgrade(Record(Phase.RELEASED, plan.run, f"{plan.target}"), stable)
    if phase is Phase.PROMOTE:
        record = Record(Phase.SETTLE, plan.run, f"{stable} on stable, which has all requests")
        return Upgrade(record, stable, plan.target, state.candidate_replicas)
    return _more(state, plan, stable)


def _analysis(phase: Phase | None, plan: RolloutPlan, weight: int) -> Analysis:
    """What has to be good before the rollout leaves the phase."""
    if phase in (Phase.INSTALL, Phase.PROMOTE):
        return Analysis("stable", plan.target, traffic=False)
    if phase is Phase.ROLL:
        return Analysis("stable", plan.target, traffic=plan.traffic)
    return Analysis("candidate", plan.target, traffic=weight > 0, weight=weight)


def _more(state: State, plan: RolloutPlan, stable: Version) -> Step:
    """The candidate is good at this weight: the next one, or, where it has all, the promotion."""
    if state.weight >= 100:
        record = Record(Phase.PROMOTE, plan.run, f"{stable} to {plan.target}")
        return Upgrade(record, plan.target, plan.target, state.candidate_replicas, state.weight)
    weight, *rest = [weight for weight in plan.weights if weight > state.weight]
    # Pods that the step after this one needs start while this one is analyzed.
    pods = pods_for(rest[0] if rest else weight, state.stable_replicas)
    return Upgrade(
        Record(Phase.WEIGHT, plan.run, f"{plan.target} at {weight} %"),
        stable,
        plan.target,
        max(pods, state.candidate_replicas),
        weight,
        preview=plan.strategy == "blue-green",
    )


def _go_back(state: State, plan: RolloutPlan, reason: str, result: AnalysisResult | None) -> Step:
    """Give up: all requests to the old version first, then remove the candidate."""
    record = state.record
    if state.stable is None:
        return Abort(reason)
    if state.first:
        return Uninstall(Record(Phase.RESTORED, plan.run, reason))
    if record is not None and record.phase is Phase.RESTORED:
        return _after_restoring(state.stable, reason, result)
    # Given up already: stable is the old version.
    promoted = state.stable == plan.target and (record is None or record.phase is not Phase.BACK)
    old = state.previous if promoted else state.stable
    if old is None:
        return Abort(
            f"{reason}; and what stable ran before is not in Helm's history: "
            "put it back by releasing it",
            restored=False,
        )
    if state.weight:
        back = Record(Phase.BACK, plan.run, reason)
        return Upgrade(back, old, state.candidate, state.candidate_replicas)
    return Upgrade(Record(Phase.RESTORED, plan.run, reason), old)


def _after_restoring(stable: Version, reason: str, result: AnalysisResult | None) -> Step:
    analysis = Analysis("stable", stable, traffic=False)
    if (found := _of(result, analysis)) is None:
        return analysis
    if found.good:
        return Abort(reason)
    text = f"{reason}; and {stable} is back on stable, but: {found.reason}"
    return Abort(text, restored=False)


def _of(result: AnalysisResult | None, analysis: Analysis) -> AnalysisResult | None:
    return result if result is not None and result.analysis == analysis else None
