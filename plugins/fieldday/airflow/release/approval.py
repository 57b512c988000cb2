"""A person's approval of a release."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Context

from fieldday.airflow.approval import PersonsApproval
from fieldday.settings import Settings


class ReleaseApproval(PersonsApproval):
    """Requests approval of a release, for the plan's `approval_minutes`.

    `plan`, `images`, `scan` and `tests` are what the tasks before it return.
    """

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
        """Request approval and wait."""
        from fieldday.releases import card
        from fieldday.releases.plan import ReleasePlan

        plan = ReleasePlan.from_dict(self.plan)
        self.subject = card.title(plan)
        limits = Settings.from_env().releases.limits
        lines, text = self.scan["lines"], self.tests["text"]
        self.body = card.body(plan, self.images, lines, text, limits)
        self.response_timeout = timedelta(minutes=plan.approval_minutes)
        return super().execute(context)

    def covers(self) -> dict[str, Any]:
        """The images by digest, and how production changes to them."""
        from fieldday.releases.plan import ReleasePlan

        return ReleasePlan.from_dict(self.plan).covers(self.images)
