"""What the tasks of a run have left for its record: how they ended, what they found, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldday.airflow import task_errors


def requester_of(context: Any) -> str | None:
    """The user name of who started the run; none where it was not a person."""
    name: str | None = getattr(context["dag_run"], "triggering_user_name", None)
    return name


def states_of(context: Any) -> dict[str, str]:
    """By task of this run that has one: its state."""
    run = context["dag_run"]
    found = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
    states: dict[str, str | None] = found.get(run.run_id, {})
    return {name: str(state) for name, state in states.items() if state}


def gathered(
    context: Any, gives: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, dict[str, Any]], dict[str, str]]:
    """By task its state, by part of the record what a task reported, by task its error in words.

    `gives` is the part that each task gives, in the order of the tasks.
    """
    ti, found = context["ti"], states_of(context)
    states = {name: found[name] for name in gives if name in found}
    parts: dict[str, dict[str, Any]] = {}
    errors: dict[str, str] = {}
    for name, part in gives.items():
        report = ti.xcom_pull(task_ids=name, key="report")
        parts[part] = report or ti.xcom_pull(task_ids=name) or {}
        if error := ti.xcom_pull(task_ids=name, key=task_errors.KEY):
            errors[name] = error
    return states, parts, errors
