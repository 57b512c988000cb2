"""The form of `provision`: what the UI shows, and what form and API refuse before a run exists."""

from __future__ import annotations

from airflow.sdk import Param

from fieldday.airflow import form
from fieldday.provisioning.request import MODES, PLAN_MINUTES
from fieldday.provisioning.root_module import Root
from fieldday.settings import Settings


def params(settings: Settings) -> dict[str, Param]:
    """The form's fields with their defaults and limits."""
    root = Root(settings.terraform.root)
    environments, modules = list(root.environments), list(root.modules)
    return {
        "environment": Param(
            # Without a root there is nothing to choose from, and a run says so.
            environments[0] if environments else "development",
            type="string",
            title="Environment",
            description_md="Which environment to change.",
            enum=environments or ["development"],
            section="What",
        ),
        "modules": Param(
            [],
            type="array",
            title="Modules",
            description_md="Limit it to these modules of the root; none: all of it.",
            items={"type": "string", "enum": modules} if modules else {"type": "string"},
            examples=modules,
            uniqueItems=True,
            section="What",
        ),
        "reason": form.reason(),
        "mode": Param(
            MODES[0],
            type="string",
            title="Mode",
            description_md=(
                "plan only says what would change; apply makes it so; destroy removes it."
            ),
            enum=list(MODES),
            section="How",
        ),
        "plan_minutes": form.minutes(
            "Plan expires after",
            "How long the plan may wait for an answer, in minutes. None counts as Reject; an "
            "expired plan is made again.",
            PLAN_MINUTES.stop - 1,
        ),
    }
