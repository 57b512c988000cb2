"""What the tasks that write records share: the facts of a run, its approvals, and storing.

Imported when such a task runs, not when a DAG file is parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypedDict

from fieldday.airflow import aws
from fieldday.airflow.connections import approval_key
from fieldday.airflow.task_results import requester_of
from fieldday.approvals import is_genuine
from fieldday.errors import Permanent
from fieldday.records.base import Record
from fieldday.records.store import store
from fieldday.settings import Settings


class RunFacts(TypedDict):
    """What every record says of its run."""

    run: str
    started: str
    ended: str
    requested_by: str | None
    request: dict[str, Any]


def facts_of(context: Any) -> RunFacts:
    """What the context says of the run that ends now."""
    run = context["dag_run"]
    return RunFacts(
        run=run.run_id,
        started=run.start_date.isoformat() if run.start_date else "",
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        requested_by=requester_of(context),
        request=dict(context["params"]),
    )


def approval_of(
    context: Any, approval: dict[str, Any], task: str, covers: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What that task left, with `genuine`: whether a person approved in this run.

    `covers` returns what the approval has to cover, and raises `Permanent` where what the tasks
    left is not that.
    """
    if approval.get("decision") != "approved":
        return approval
    run = context["dag_run"]
    try:
        this = {"dag": run.dag_id, "run": run.run_id, "task": task, "covers": covers()}
        genuine = is_genuine(approval, approval_key(), **this)
    except Permanent:
        genuine = False
    return {**approval, "genuine": genuine}


def store_record(record: Record) -> str:
    """Write the record to where the settings say; its address. Raises `Retryable`."""
    settings = Settings.from_env().records
    return store(record, aws.client("s3"), settings.bucket, settings.folder)
