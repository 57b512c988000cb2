"""What holds for `provision` and `drift_check` as they are wired."""

from __future__ import annotations

from typing import Any

import pytest

# Airflow and its providers warn about each other's age when they are imported.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def provision(dags: dict[str, Any]) -> Any:
    return dags["provision"]


@pytest.fixture
def drift_check(dags: dict[str, Any]) -> Any:
    return dags["drift_check"]


def rows(dag: Any) -> list[str]:
    """The tasks that a runbook tells of, in its order."""
    return [line.split("`")[1] for line in dag.doc_md.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("name", ["provision", "drift_check"])
def test_the_runbook_tells_of_every_task(dags: dict[str, Any], name: str) -> None:
    assert sorted(rows(dags[name])) == sorted(dags[name].task_ids)


def test_the_runbook_is_in_the_order_of_the_run(provision: Any) -> None:
    order = rows(provision)
    for name in order:
        before = provision.get_task(name).get_flat_relative_ids(upstream=True)
        assert before <= set(order[: order.index(name)]), name


def test_nothing_is_applied_without_approval_and_confirmation(provision: Any) -> None:
    before = provision.get_task("apply").get_flat_relative_ids(upstream=True)
    assert {"approve", "confirm_data_loss", "scan", "check", "plan", "release_stale_lock"} <= before
    assert "approve" in provision.get_task("confirm_data_loss").upstream_task_ids


@pytest.mark.parametrize("name", ["release_stale_lock", "approve", "confirm_data_loss"])
def test_no_answer_is_a_reject_that_fails(provision: Any, name: str) -> None:
    task = provision.get_task(name)
    assert task.defaults == ["Reject"]
    assert task.fail_on_reject
    assert task.response_timeout


def test_only_the_second_card_asks_for_a_name(provision: Any) -> None:
    assert list(provision.get_task("confirm_data_loss").params) == ["resources"]
    assert list(provision.get_task("approve").params) == []


def test_what_comes_after_does_not_decide_the_run(provision: Any) -> None:
    for name in ("plan_again", "record_evidence", "release_lock"):
        assert provision.get_task(name).is_teardown
    assert provision.get_task("plan_again").trigger_rule == "one_failed"
    leaves = [
        task.task_id
        for task in provision.tasks
        if not task.is_teardown
        and all(provision.get_task(below).is_teardown for below in task.downstream_task_ids)
    ]
    assert leaves == ["verify"]


def test_the_environment_is_freed_last(provision: Any) -> None:
    free = provision.get_task("release_lock")
    assert free.downstream_task_ids == set()
    assert free.get_flat_relative_ids(upstream=True) == set(provision.task_ids) - {free.task_id}


def refusal(provision: Any, **conf: Any) -> str:
    """What the API answers to these values; '' when it takes them."""
    from airflow.sdk.exceptions import ParamValidationError
    from airflow.serialization.serialized_objects import DagSerialization

    params = DagSerialization.from_dict(DagSerialization.to_dict(provision)).params
    try:
        params.deep_merge({"reason": "A larger database", **conf}).validate()
    except ParamValidationError as e:
        return str(e)
    return ""


def test_a_plan_is_what_is_made_unless_more_is_asked_for(provision: Any) -> None:
    assert provision.params["mode"] == "plan"
    assert refusal(provision) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", None),
        ("environment", "prodution"),
        ("environment", ""),
        ("modules", ["databse"]),
        ("modules", "database"),
        ("modules", ["a", "a"]),
        ("mode", "yolo"),
        ("mode", None),
        ("plan_minutes", 0),
        ("plan_minutes", 1441),
        ("plan_minutes", "60"),
        ("reason", ""),
        ("reason", "no"),
        ("reason", "two\nlines"),
        ("reason", "x" * 501),
        ("reason", None),
    ],
)
def test_the_form_refuses_and_names_the_field(provision: Any, field: str, value: object) -> None:
    assert refusal(provision, **{field: value}).startswith(f"Invalid input for param {field}: ")


def test_drift_is_looked_for_each_night_one_environment_at_a_time(drift_check: Any) -> None:
    assert str(drift_check.timetable.expression) == "17 3 * * *"
    assert drift_check.max_active_runs == drift_check.max_active_tasks == 1
    assert drift_check.get_task("check_for_drift").is_mapped
