"""A person's approval: of whatever is asked, and of a release."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.exceptions import HITLRejectException
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from fieldday.releases import card
from fieldday.releases.approval import digests


class PersonsApproval(ApprovalOperator):
    """Asks a person; waits in the database, not in a worker.

    Returns who approved and when. Rejected, or unanswered for its time, it fails. `execute` of a
    subclass puts up the card.
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

    def approved(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """What else an approval is recorded with. May fail the task after all."""
        return {}

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Return the decision, or fail with it in words."""
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
        report = {"decision": "approved", **answer, **self.approved(context, event)}
        context["ti"].xcom_push(key="report", value=report)
        return report


class ReleaseApproval(PersonsApproval):
    """Asks for approval of a release for the plan's `approval_minutes`."""

    template_fields = ("subject", "body", "plan", "images", "scan", "tests")
    otherwise = "Nothing was changed in production."

    def __init__(
        self,
        *,
        plan: Any,
        images: Any,
        scan: Any,
        tests: Any,
        approvers: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(subject="Release to production?", approvers=approvers, **kwargs)
        self.plan = plan
        self.images = images
        self.scan = scan
        self.tests = tests

    def execute(self, context: Context) -> Any:
        """Put up the card and wait."""
        self.subject = card.title(self.plan)
        self.body = card.body(self.plan, self.images, self.scan["lines"], self.tests["text"])
        self.response_timeout = timedelta(minutes=self.plan["approval_minutes"])
        return super().execute(context)

    def approved(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """By service: the digest of the image that was approved."""
        return {"digests": digests(self.images)}
