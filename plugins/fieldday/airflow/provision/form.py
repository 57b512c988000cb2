"""The form of `provision`: what the UI shows, and what form and API refuse before a run exists."""

from __future__ import annotations

from airflow.sdk import Param

from fieldday.airflow.release.form import ONE_LINE
from fieldday.provisioning.request import MODES, PLAN_MINUTES, REASON_LENGTH
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
        "reason": Param(
            type="string",
            title="Reason",
            description_md="Why, in one line, for the approver and the record.",
            pattern=ONE_LINE,
            minLength=REASON_LENGTH.start,
            maxLength=REASON_LENGTH.stop - 1,
            section="What",
        ),
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
        "plan_minutes": Param(
            60,
            type="number",
            title="Plan expires after",
            description_md=(
                "How long the plan may wait for an answer, in minutes. None counts as Reject; "
                "a plan that became too old is made again."
            ),
            minimum=0.1,
            maximum=PLAN_MINUTES.stop - 1,
            section="How",
        ),
    }
