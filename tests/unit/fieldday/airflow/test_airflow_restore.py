"""The safety net, on a model of the cluster behind helm and kubectl."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from fieldday.airflow.rollout import RestoreStableOperator
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
    report = restore("auth", "api").execute(context)
    for name in ("auth", "api"):
        assert programs.now("production", name).stable == OLD
        assert programs.holder("production", name) == ""
    assert report["reason"] == "the release failed after this"
    assert texts(report)[0] == "api restored: the release failed after this"
    assert ti.pushed["report"] == report


def test_restoring_waits_for_stable_too(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    to_end(rollout("api"), context)
    programs.not_ready.add("stable")
    operator = restore("api")
    waits = deferral(operator, context)
    assert watched(waits).judge.version == OLD
    assert resume(operator, context, waits, good=True)["failed"] == "api"


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
