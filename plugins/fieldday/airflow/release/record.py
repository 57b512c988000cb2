"""The task that records a release's evidence, however the release ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from fieldday.airflow import task_results

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
"""By task: which part of the evidence it fills."""


@task
def record_evidence() -> str:
    """Write what happened to the reports bucket, and return the address.

    Fails, after that, where a person stopped the run: Airflow would show it as successful.
    """
    from fieldday.airflow import records
    from fieldday.releases.outcome import was_stopped

    evidence = gather(get_current_context())
    address = records.store_record(evidence)
    if evidence.outcome != "promoted" and was_stopped(evidence.tasks):
        msg = f"The release was not promoted: {evidence.reason}. Its record is {address}."
        raise AirflowFailException(msg)
    return address


def gather(context: Any) -> ReleaseRecord:
    """Put the evidence together from what the tasks left."""
    from fieldday.airflow import records
    from fieldday.releases.outcome import outcome_of
    from fieldday.releases.plan import APPROVE, ReleasePlan
    from fieldday.releases.record import ReleaseRecord

    states, parts, errors = task_results.gathered(context, _GIVES)

    def covers() -> dict[str, Any]:
        return ReleasePlan.from_dict(parts["plan"]).covers(parts["images"])

    parts["approval"] = records.approval_of(context, parts["approval"], APPROVE, covers)
    outcome, reason = outcome_of(states, parts, errors)
    return ReleaseRecord(
        outcome=outcome,
        reason=reason,
        **records.facts_of(context),
        plan=parts["plan"],
        checks=parts["checks"],
        images=parts["images"],
        scan=parts["scan"],
        staging={"deployment": parts["staging"], "tests": parts["tests"]},
        approval=parts["approval"],
        rollout=parts["rollout"],
        verification=parts["verification"],
        rollback=parts["rollback"],
        tasks=states,
    )
