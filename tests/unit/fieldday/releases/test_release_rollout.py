"""The rollout's state machine, against a model of a cluster in which anybody may be killed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fieldday.releases.request import STRATEGIES
from fieldday.releases.rollout import (
    Abort,
    Analysis,
    AnalysisResult,
    Done,
    Heal,
    RolloutPlan,
    Step,
    Upgrade,
    next_step,
    pods_for,
    undo,
)
from fieldday.releases.state import Phase, Record, State, Version
from tests.unit.fieldday.releases.cluster_model import Cluster, Revision

OLD = Version("1.0.0", "sha256:" + "a" * 64)
NEW = Version("1.1.0", "sha256:" + "b" * 64)
OTHER = Version("0.9.9", "sha256:" + "c" * 64)


def settled(cluster: Cluster, plan: RolloutPlan, good: bool) -> tuple[Step, list[Step]]:
    """Follow the steps to the end, every analysis result being the same."""
    result: AnalysisResult | None = None
    steps: list[Step] = []
    for _ in range(60):
        step = next_step(cluster.read(plan.run), plan, result)
        steps.append(step)
        if isinstance(step, Done | Abort):
            return step, steps
        is_target = isinstance(step, Analysis) and step.version == plan.target
        if isinstance(step, Analysis):
            result = AnalysisResult(good or not is_target, step, "errors 5 %")
        else:
            result = None
            cluster.do(step)
    raise AssertionError("it does not end")


def plan_of(strategy: str, steps: tuple[int, ...] = (10, 50, 100)) -> RolloutPlan:
    return RolloutPlan("run-1", strategy, NEW, steps)  # type: ignore[arg-type]


def words(steps: list[Step]) -> list[str]:
    shown = []
    for step in steps:
        match step:
            case Upgrade():
                shown.append(f"{step.record.phase} {step.weight} x{step.candidate_replicas}")
            case Analysis():
                shown.append(f"analyze {step.track} {step.weight}" + " traffic" * step.traffic)
            case _:
                shown.append(type(step).__name__)
    return shown


def installed() -> Cluster:
    return Cluster([Revision(OLD)])


def test_a_good_canary() -> None:
    cluster = installed()
    end, steps = settled(cluster, plan_of("canary"), good=True)
    assert words(steps) == [
        "candidate 0 x1",
        "analyze candidate 0",
        "weight 10 x1",
        "analyze candidate 10 traffic",
        "weight 50 x2",
        "analyze candidate 50 traffic",
        "weight 100 x2",
        "analyze candidate 100 traffic",
        "promote 100 x2",
        "analyze stable 0",
        "settle 0 x2",
        "released 0 x0",
        "Done",
    ]
    assert end == Done("1.1.0 is released")
    assert cluster.now.stable == NEW


def test_a_canary_that_is_bad_under_traffic() -> None:
    cluster = installed()
    plan = plan_of("canary")
    for _ in range(2):
        step = next_step(cluster.read(plan.run), plan)
        if isinstance(step, Analysis):
            step = next_step(cluster.read(plan.run), plan, AnalysisResult(True, step, "ready"))
        cluster.do(step)
    end, steps = settled(cluster, plan, good=False)
    assert words(steps) == [
        "analyze candidate 10 traffic",
        "back 0 x1",
        "restored 0 x0",
        "analyze stable 0",
        "Abort",
    ]
    assert end == Abort("errors 5 %")


def test_blue_green_is_full_size_and_previewed_before_it_switches() -> None:
    cluster = installed()
    _, steps = settled(cluster, plan_of("blue-green"), good=True)
    assert words(steps)[:4] == [
        "candidate 0 x2",
        "analyze candidate 0",
        "weight 100 x2",
        "analyze candidate 100 traffic",
    ]
    first = steps[0]
    assert isinstance(first, Upgrade)
    assert first.preview


def test_rolling_is_put_back_by_the_previous_image() -> None:
    cluster = installed()
    end, steps = settled(cluster, plan_of("rolling"), good=False)
    assert words(steps) == [
        "roll 0 x0",
        "analyze stable 0 traffic",
        "restored 0 x0",
        "analyze stable 0",
        "Abort",
    ]
    assert isinstance(end, Abort)
    assert cluster.now.stable == OLD


def test_a_bad_first_install_is_removed_and_not_tried_again() -> None:
    cluster = Cluster()
    end, steps = settled(cluster, plan_of("canary"), good=False)
    assert words(steps) == ["install 0 x0", "analyze stable 0", "Uninstall", "Abort"]
    assert cluster.now.stable is None
    again, steps = settled(cluster, plan_of("canary"), good=True)
    assert again == end
    assert len(steps) == 1


def test_a_promotion_that_does_not_get_ready_goes_back_to_the_old_image() -> None:
    cluster = installed()
    plan = plan_of("canary", (100,))
    while True:
        step = next_step(cluster.read(plan.run), plan)
        if isinstance(step, Analysis) and step.track == "stable":
            break
        if isinstance(step, Analysis):
            step = next_step(cluster.read(plan.run), plan, AnalysisResult(True, step, "fine"))
        cluster.do(step)
    assert cluster.now.stable == NEW
    end, steps = settled(cluster, plan, good=False)
    assert words(steps)[1] == "back 0 x2"
    assert isinstance(end, Abort)
    assert cluster.now.stable == OLD


def test_the_target_being_there_is_checked_and_left() -> None:
    cluster = Cluster([Revision(NEW)])
    assert settled(cluster, plan_of("canary"), good=True)[0] == Done("1.1.0 was there already")
    end, _ = settled(cluster, plan_of("canary"), good=False)
    assert end == Abort("1.1.0 was there already, but: errors 5 %")
    assert len(cluster.history) == 1


@pytest.mark.parametrize("weight", [0, 30])
def test_a_candidate_of_another_run_is_removed_first(weight: int) -> None:
    record = Record(Phase.WEIGHT, "run-0", "0.9.9")
    cluster = Cluster([Revision(OLD), Revision(OLD, OTHER, 1, weight, record)])
    _, steps = settled(cluster, plan_of("canary"), good=True)
    shown = words(steps)
    assert shown[: shown.index("candidate 0 x1")] == ["cleared 0 x1", "cleared 0 x0"][not weight :]
    assert cluster.now.stable == NEW


def test_what_a_person_changed_in_the_middle_is_left_alone() -> None:
    cluster = installed()
    plan = plan_of("canary")
    cluster.do(next_step(cluster.read(plan.run), plan))
    cluster.history.append(Revision(OLD))
    end, steps = settled(cluster, plan, good=True)
    assert isinstance(end, Abort)
    assert "by hand" in end.reason
    assert len(steps) == 1


def test_a_verdict_of_another_step_is_ignored() -> None:
    cluster = installed()
    plan = plan_of("canary")
    cluster.do(next_step(cluster.read(plan.run), plan))
    wrong = AnalysisResult(True, Analysis("candidate", NEW, True, 10), "fine")
    assert isinstance(next_step(cluster.read(plan.run), plan, wrong), Analysis)


def test_without_a_previous_image_a_person_is_asked() -> None:
    record = Record(Phase.ROLL, "run-1", "x")
    state = State(stable=NEW, record=record, started=True, first=False)
    plan = plan_of("rolling")
    analysis = next_step(state, plan)
    assert isinstance(analysis, Analysis)
    end = next_step(state, plan, AnalysisResult(False, analysis, "slow"))
    assert isinstance(end, Abort)
    assert "not in Helm's history" in end.reason


def test_a_restored_stable_that_is_not_ready_is_said() -> None:
    state = State(stable=OLD, record=Record(Phase.RESTORED, "run-1", "slow"), started=True)
    plan = plan_of("rolling")
    analysis = next_step(state, plan)
    assert isinstance(analysis, Analysis)
    end = next_step(state, plan, AnalysisResult(False, analysis, "no node"))
    assert end == Abort("slow; and 1.0.0 is back on stable, but: no node", restored=False)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("first", [True, False])
def test_a_released_service_is_undone_with_its_set(strategy: str, first: bool) -> None:
    cluster = Cluster() if first else installed()
    plan = plan_of(strategy)
    settled(cluster, plan, good=True)
    result: AnalysisResult | None = None
    for _ in range(10):
        step = undo(cluster.read(plan.run), plan, "auth was bad", result)
        if isinstance(step, Done | Abort):
            break
        result = AnalysisResult(True, step, "ready") if isinstance(step, Analysis) else None
        cluster.do(step)
    assert isinstance(step, Abort)
    assert cluster.now.stable == (None if first else OLD)
    assert cluster.now.candidate is None


def test_undo_leaves_what_the_run_did_not_touch() -> None:
    assert isinstance(undo(State(stable=OLD), plan_of("canary"), "x"), Done)
    assert isinstance(undo(State(stable=OLD, broken=True), plan_of("canary"), "x"), Heal)


def test_steps_say_what_they_are() -> None:
    assert str(Analysis("candidate", NEW, True, 10)) == "1.1.0 at 10 %"
    assert str(Analysis("candidate", NEW, False)) == "1.1.0 on candidate, ready?"
    assert str(Analysis("stable", NEW, True)) == "1.1.0 on stable"


@given(st.integers(1, 100), st.integers(0, 50))
def test_a_candidate_has_the_pods_for_its_share(weight: int, stable: int) -> None:
    pods = pods_for(weight, stable)
    assert pods >= 1
    assert pods * 100 >= stable * weight
    assert (pods - 1) * 100 < max(1, stable * weight)


run_ids = st.text(st.characters(exclude_characters="[]\n\r", codec="utf-8"), min_size=1)


@given(st.sampled_from(list(Phase)), run_ids, st.text())
def test_a_record_is_read_back(phase: Phase, run: str, text: str) -> None:
    shown = str(Record(phase, run, text))
    assert "\n" not in shown.removesuffix(f"[{run}]")
    again = Record.parse(shown)
    if "\u2028" not in run and run.isprintable():
        assert again is not None
        assert (again.phase, again.run) == (phase, run)


@pytest.mark.parametrize(
    "text", ["", "Upgrade complete", "Rollback to 3", "weight 10", "other: x [run]", "weight: x []"]
)
def test_other_descriptions_are_no_records(text: str) -> None:
    assert Record.parse(text) is None


@st.composite
def plans(draw: st.DrawFn) -> RolloutPlan:
    weights = draw(st.sets(st.integers(1, 99), max_size=5))
    return plan_of(draw(st.sampled_from(STRATEGIES)), (*sorted(weights), 100))


class Rollout(RuleBasedStateMachine):
    """The orchestrator: asks, does, analyzes; is killed at any moment and starts again."""

    @initialize(plan=plans(), first=st.booleans(), stale=st.booleans(), pods=st.integers(1, 5))
    def begin(self, plan: RolloutPlan, first: bool, stale: bool, pods: int) -> None:
        self.plan = plan
        self.old = None if first else OLD
        self.cluster = Cluster([] if first else [Revision(OLD)], pods)
        if stale and not first:
            record = Record(Phase.WEIGHT, "run-0", "0.9.9")
            self.cluster.history.append(Revision(OLD, OTHER, 1, 20, record))
        self.result: AnalysisResult | None = None
        self.good_at: set[int] = set()
        self.seen_bad = False
        self.end: Step | None = None

    def ask(self) -> Step:
        return next_step(self.cluster.read(self.plan.run), self.plan, self.result)

    @precondition(lambda self: self.end is None)
    @rule(good=st.booleans(), cut_off=st.booleans())
    def go_on(self, good: bool, cut_off: bool) -> None:
        step = self.ask()
        if isinstance(step, Done | Abort):
            self.end = step
        elif isinstance(step, Analysis):
            now = self.cluster.now
            assert step.version == (now.candidate if step.track == "candidate" else now.stable)
            assert step.weight == (now.weight if step.track == "candidate" else 0)
            good = good or step.version != self.plan.target
            self.result = AnalysisResult(good, step, "why")
            if good and step.track == "candidate":
                self.good_at.add(step.weight)
            self.seen_bad = self.seen_bad or not good
        else:
            self.check(step)
            self.cluster.do(step, cut_off=cut_off)
            self.result = None

    def check(self, step: Step) -> None:
        if not isinstance(step, Upgrade):
            return
        before = self.cluster.now
        last_was_bad = self.result is not None and not self.result.good
        if last_was_bad:
            assert step.weight == 0
            assert step.stable in (self.old, before.stable)
        if step.weight > before.weight:
            passed = {0, *(w for w in self.plan.weights if w < step.weight)}
            assert passed <= self.good_at, "a step was skipped or not analyzed"
            assert step.weight in self.plan.weights
        if step.stable == NEW != before.stable and self.plan.strategy != "rolling" and self.old:
            assert set(self.plan.weights) <= self.good_at, "promoted without being analyzed"
        if before.candidate is not None and step.candidate is None:
            assert before.weight == 0, "removed a candidate that had requests"

    @rule()
    def kill(self) -> None:
        self.result = None

    @invariant()
    def ends_with_old_or_new(self) -> None:
        if self.end is None:
            return
        now = self.cluster.now
        assert now.candidate is None
        assert now.weight == 0
        assert now.stable == (NEW if isinstance(self.end, Done) else self.old)
        assert self.ask() == self.end or isinstance(self.ask(), Analysis), "the end is not the end"

    def teardown(self) -> None:
        """Whatever happened, an orchestrator that lives long enough comes to an end."""
        if not hasattr(self, "plan"):
            return
        while self.end is None:
            self.go_on(good=True, cut_off=False)
        self.ends_with_old_or_new()


TestRollout = Rollout.TestCase
TestRollout.settings = settings(max_examples=150, stateful_step_count=40)
