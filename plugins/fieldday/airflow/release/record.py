"""The task that records a release's evidence, however the release ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from fieldday.airflow import task_results as reports
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.releases.record import ReleaseRecord

_GIVES = {
    "plan": "plan",
    "lint_and_unit_tests": "checks",
    "build_and_push": "images",
    "scan": "scan",
    "deploy_staging": "staging",
    "test_staging": "tests",
    "approve": "approval",
    "rollout": "rollout",
    "verify": "verification",
    "restore_stable": "rollback",
}
"""By task: which part of the evidence it gives."""


@task
def record_evidence() -> str:
    """Write what happened to the reports bucket, and return the address.

    Fails, after that, where a person stopped the run: Airflow would show it as successful.
    """
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    from fieldday.airflow.connections import AWS
    from fieldday.records.store import store
    from fieldday.releases.outcome import was_stopped

    settings = Settings.from_env()
    evidence = gather(get_current_context())
    client = S3Hook(aws_conn_id=AWS).get_conn()
    address = store(evidence, client, settings.records.bucket, settings.records.folder)
    if evidence.outcome != "promoted" and was_stopped(evidence.tasks):
        msg = f"The release was not promoted: {evidence.reason}. Its record is {address}."
        raise AirflowFailException(msg)
    return address


def _is_genuine(approval: Any, run: Any) -> bool:
    from fieldday.airflow.connections import approval_key
    from fieldday.approvals import is_genuine

    return is_genuine(approval, approval_key(), dag=run.dag_id, run=run.run_id, task="approve")


def gather(context: Any) -> ReleaseRecord:
    """Put the evidence together from what the tasks left."""
    from fieldday.releases.outcome import outcome_of
    from fieldday.releases.record import ReleaseRecord

    run = context["dag_run"]
    states, parts, errors = reports.gathered(context, _GIVES)
    outcome, reason = outcome_of(states, parts, errors)
    approval = parts["approval"]
    if approval.get("decision") == "approved":
        approval = {**approval, "genuine": _is_genuine(approval, run)}
    return ReleaseRecord(
        run=run.run_id,
        outcome=outcome,
        reason=reason,
        started=run.start_date.isoformat() if run.start_date else "",
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        requested_by=getattr(run, "triggering_user_name", None),
        request=dict(context["params"]),
        plan=parts["plan"],
        checks=parts["checks"],
        images=parts["images"],
        scan=parts["scan"],
        staging={"deployment": parts["staging"], "tests": parts["tests"]},
        approval=approval,
        rollout=parts["rollout"],
        verification=parts["verification"],
        rollback=parts["rollback"],
        tasks=states,
    )
