"""The task that records what a run of `provision` did, however it ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import task_results as reports
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.provisioning.record import ProvisionRecord

_GIVES = {
    "take_environment": "taken",
    "release_lock": "released_lock",
    "check": "check",
    "scan": "scan",
    "plan": "plan",
    "approve": "approval",
    "confirm_data_loss": "confirmation",
    "apply": "apply",
    "verify": "verification",
    "plan_again": "planned_again",
}
"""By task: which part of the record it fills."""


@task
def record_evidence() -> str:
    """Write what happened to the reports bucket, and return the address."""
    from fieldday.airflow import aws as provision_aws
    from fieldday.records.store import store

    settings = Settings.from_env()
    record = gather(get_current_context())
    return store(
        record, provision_aws.client("s3"), settings.records.bucket, settings.records.folder
    )


def gather(context: Any) -> ProvisionRecord:
    """Put the record together from what the tasks left."""
    from fieldday.provisioning.record import ProvisionRecord, outcome_of

    run = context["dag_run"]
    states, parts, errors = reports.gathered(context, _GIVES)
    outcome, reason = outcome_of(run.run_id, states, parts, errors)
    return ProvisionRecord(
        run=run.run_id,
        outcome=outcome,
        reason=reason,
        started=run.start_date.isoformat() if run.start_date else "",
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        requested_by=getattr(run, "triggering_user_name", None),
        request=dict(context["params"]),
        check=parts["check"],
        scan=parts["scan"],
        released_lock=parts["released_lock"],
        plan=parts["plan"],
        approval=parts["approval"],
        confirmation=parts["confirmation"],
        apply=parts["apply"],
        verification=parts["verification"],
        planned_again=parts["planned_again"],
        tasks=states,
    )
