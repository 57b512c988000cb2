"""The safety net, on a model of the cluster behind helm and the API server."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred

from fieldday.airflow.release.rollout import RestoreStableOperator
from fieldday.releases.state import Phase, Record
from tests.unit.fieldday.airflow.conftest import TaskInstance
from tests.unit.fieldday.airflow.operating import (
    IMAGES,
    NEW,
    OLD,
    deferral,
    plan,
    restore,
    resume,
    rollout,
    texts,
    to_end,
    watched,
)
from tests.unit.fieldday.airflow.programs_model import Programs
from tests.unit.fieldday.releases.cluster_model import Revision


def test_restoring_takes_back_what_the_run_released(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    programs.runs("production", auth="1.0.0", api="1.0.0")
    to_end(rollout("auth", "api"), context)
    ti.states["rollout"] = "success"
    report = restore("auth", "api").execute(context)
    for name in ("auth", "api"):
        assert programs.now("production", name).stable == OLD
        assert programs.holder("production", name) == ""
    assert report["reason"] == "the release failed after this"
    assert texts(report)[0] == "api restored: the release failed after this"
    assert ti.pushed["report"] == report


def waiting(
    programs: Programs, context: Any, ti: TaskInstance
) -> tuple[RestoreStableOperator, TaskDeferred]:
    """A restoration that waits for stable, whose pods are not ready."""
    programs.runs("production", api="1.0.0")
    to_end(rollout("api"), context)
    ti.states["rollout"] = "success"
    programs.not_ready.add("stable")
    operator = restore("api")
    return operator, deferral(operator, context)


def test_restoring_waits_for_stable_too(programs: Programs, context: Any, ti: TaskInstance) -> None:
    operator, waits = waiting(programs, context, ti)
    assert watched(waits).analysis.version == OLD
    assert resume(operator, context, waits, good=True)["failed"] == "api"


def test_restoring_fails_where_stable_does_not_come_back(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    operator, waits = waiting(programs, context, ti)
    said = "api: the release failed after this; and 1.0.0 is back on stable, but: why"
    with pytest.raises(AirflowFailException, match=said):
        resume(operator, context, waits, good=False)
    assert ti.pushed["report"]["unrestored"] == [said]


@pytest.mark.parametrize("state", ["upstream_failed", "skipped"])
def test_a_run_that_was_cleared_and_rejected_leaves_what_it_released(
    programs: Programs, context: Any, ti: TaskInstance, state: str
) -> None:
    programs.runs("production", api="1.0.0")
    to_end(rollout("api"), context)
    changes = list(programs.changes)
    ti.states = {"approve": "failed", "rollout": state, "verify": state}
    with pytest.raises(AirflowSkipException, match="this attempt has not touched production"):
        restore("api").execute(context)
    assert programs.changes == changes


def test_what_another_run_released_since_stays(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    programs.runs("production", api="1.0.0")
    to_end(rollout("api"), context)
    programs.services["production", "api"].history.append(left(by="run-2", phase=Phase.RELEASED))
    ti.states = {"rollout": "success", "verify": "failed"}
    with pytest.raises(AirflowSkipException, match="left nothing in production"):
        restore("api").execute(context)


@pytest.mark.parametrize(("given", "images"), [(None, IMAGES), (plan("api"), None)])
def test_a_release_that_had_not_begun_has_nothing_to_restore(
    programs: Programs, context: Any, given: Any, images: Any
) -> None:
    operator = RestoreStableOperator(task_id="restore_stable", plan=given, images=images)
    with pytest.raises(AirflowSkipException, match="had not begun"):
        operator.execute(context)
    assert programs.kubeconfigs == []


def left(*, by: str, phase: Phase) -> Revision:
    return Revision(OLD, record=Record(phase, by, "x"))


@pytest.mark.parametrize(
    "history",
    [
        [Revision(OLD)],
        [Revision(OLD), left(by="run-2", phase=Phase.ROLL)],
        [Revision(OLD), left(by="run-1", phase=Phase.ROLL), left(by="run-1", phase=Phase.RESTORED)],
    ],
    ids=["untouched", "another run's", "restored already"],
)
def test_where_nothing_is_left_it_skips_without_a_lock(
    programs: Programs, context: Any, history: list[Revision], ti: TaskInstance
) -> None:
    programs.runs("production", api="1.0.0")
    programs.services["production", "api"].history = history
    with pytest.raises(AirflowSkipException, match="left nothing in production"):
        restore("api").execute(context)
    assert programs.apis["production"].things == {}
    assert programs.changes == []
    assert ti.pushed == {}


def test_a_first_change_that_was_cut_off_is_taken_back(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    programs.services["production", "api"].history.append(Revision(OLD, NEW, deployed=False))
    restore("api").execute(context)
    now = programs.now("production", "api")
    assert (now.stable, now.candidate, now.deployed) == (OLD, None, True)
