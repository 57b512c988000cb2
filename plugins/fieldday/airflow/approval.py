"""A person's approval, of whatever is asked: signed, so that nobody can write one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.exceptions import HITLRejectException
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput

from fieldday.airflow import connections, task_errors
from fieldday.airflow.task_results import requester_of
from fieldday.settings import Settings


class PersonsApproval(ApprovalOperator):
    """Asks a person; waits in the database, not in a worker.

    Returns who approved, when, and what the approval covers, signed: `fieldday.approvals`.
    Rejected, or unanswered for its time, it fails. `execute` of a subclass requests approval.
    """

    otherwise = "Nothing was changed."
    """What it means that nobody approved, in words."""

    def __init__(self, *, approvers: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(
            defaults=self.REJECT,
            fail_on_reject=True,
            # The card's own takes its place when the task runs.
            response_timeout=timedelta(hours=1),
            assigned_users=[{"id": name, "name": name} for name in approvers] or None,
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Request approval and wait; not of the requester, where another person has to approve."""
        if self.assigned_users and Settings.from_env().approvals.separate_approver:
            requester = requester_of(context)
            self.assigned_users = [u for u in self.assigned_users if u["name"] != requester]
            if not self.assigned_users:
                msg = (
                    f"approval: {requester} requested this and is the only approver, and "
                    "FIELDDAY_SEPARATE_APPROVER asks for another. Add one to FIELDDAY_APPROVERS."
                )
                raise _refused(context, msg)
        shown = self.covers()
        try:
            return super().execute(context)
        except TaskAwaitingInput as e:
            # Kept beside the task by Airflow, where no user can write: what is signed is what the
            # card shows, whatever becomes of the XComs meanwhile.
            kwargs = {**(e.kwargs or {}), "shown": shown}
            raise TaskAwaitingInput(
                method_name=e.method_name, kwargs=kwargs, timeout=e.timeout
            ) from None

    def covers(self) -> dict[str, Any]:
        """What the card shows and an approval covers, as JSON has it."""
        raise NotImplementedError

    def check_answer(self, context: Context, event: dict[str, Any]) -> None:
        """Fail the task where the answer is not enough."""

    def execute_complete(
        self, context: Context, event: dict[str, Any], shown: dict[str, Any] | None = None
    ) -> Any:
        """Return the signed approval of what was `shown`, or fail with the decision in words."""
        from fieldday.approvals import Approval

        user = event.get("responded_by_user")
        name = user["name"] if isinstance(user, dict) else getattr(user, "name", None)
        at = event.get("responded_at")
        answer = {"by": name, "at": at.isoformat() if at is not None else None}
        try:
            super().execute_complete(context, event)
        except HITLRejectException as e:
            decision = "rejected" if name else "unanswered"
            who = f"rejected by {name}" if name else "nobody answered in time"
            report = {"decision": decision, **answer}
            context["ti"].xcom_push(key="report", value=report)
            msg = f"approval: {who}. {self.otherwise}"
            raise AirflowFailException(msg) from e
        if not name or at is None:
            msg = f"approval: Airflow does not say who answered, or when. {self.otherwise}"
            raise _refused(context, msg)
        self._check_approver(context, name)
        if shown is None or self.covers() != shown:
            msg = (
                "approval: what was to be approved is no longer what the card showed: somebody "
                f"altered it. {self.otherwise} Start again."
            )
            raise _refused(context, msg)
        self.check_answer(context, event)
        run = context["dag_run"]
        approval = Approval(run.dag_id, run.run_id, self.task_id, name, at.isoformat(), shown)
        report = approval.signed(connections.approval_key())
        context["ti"].xcom_push(key="report", value=report)
        return report

    def _check_approver(self, context: Context, name: str) -> None:
        """Fail where another person than the requester has to approve, and none did."""
        requester = requester_of(context)
        if not Settings.from_env().approvals.separate_approver or (requester and requester != name):
            return
        whose = f"{name} requested this" if requester else "it is not known who requested this"
        msg = (
            f"approval: {whose}, and FIELDDAY_SEPARATE_APPROVER asks for an approver who did "
            f"not. {self.otherwise} Start again, and have another person approve."
        )
        raise _refused(context, msg)


def _refused(context: Context, msg: str) -> AirflowFailException:
    """The error, with its reason left for the record."""
    context["ti"].xcom_push(key=task_errors.KEY, value=msg)
    return AirflowFailException(msg)
