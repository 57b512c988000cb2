"""The task that records what a run of `provision` did, however it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import task_results

if TYPE_CHECKING:
    from fieldday.provisioning.record import ProvisionRecord

_GIVES = {
    "acquire_lock": "taken",
    "release_stale_lock": "released_lock",
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
    from fieldday.airflow import records

    return records.store_record(gather(get_current_context()))


def gather(context: Any) -> ProvisionRecord:
    """Put the record together from what the tasks left."""
    from fieldday.airflow import records
    from fieldday.provisioning.applying import APPROVE, CONFIRM
    from fieldday.provisioning.provision_plan import ProvisionPlan
    from fieldday.provisioning.record import ProvisionRecord, outcome_of

    run = context["dag_run"]
    states, parts, errors = task_results.gathered(context, _GIVES)

    def plan() -> ProvisionPlan:
        return ProvisionPlan.from_dict(parts["plan"])

    for part, name, covers in (
        ("approval", APPROVE, lambda: plan().approved.to_dict()),
        ("confirmation", CONFIRM, lambda: plan().loss_confirmed.to_dict()),
    ):
        parts[part] = records.approval_of(context, parts[part], name, covers)
    outcome, reason = outcome_of(run.run_id, states, parts, errors)
    return ProvisionRecord(
        outcome=outcome,
        reason=reason,
        **records.facts_of(context),
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
