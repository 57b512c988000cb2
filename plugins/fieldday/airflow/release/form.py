"""The form of a release: what the UI shows, and what form and API refuse before a run exists."""

from __future__ import annotations

from airflow.sdk import Param

from fieldday.airflow import form
from fieldday.catalog import load
from fieldday.releases.request import (
    APPROVAL_MINUTES,
    MAX_STEPS,
    STRATEGIES,
    VERSION_PATTERN,
)
from fieldday.settings import GATE_SECONDS, Settings


def params(settings: Settings) -> dict[str, Param]:
    """The form's fields with their defaults and limits.

    The descriptions are part of the schema, since a refusal quotes the schema: so it says what
    would be right.
    """
    names = list(load().names)
    return {
        "services": Param(
            names[:1],
            type="array",
            title="Services",
            description_md="What to release. Dependencies go first, whatever the order here.",
            items={"type": "string", "enum": names},
            examples=names,
            minItems=1,
            uniqueItems=True,
            section="What",
        ),
        "version": Param(
            None,
            type=["null", "string"],
            title="Version",
            description_md=(
                "The images' tag: 1 to 63 letters, digits, '.', '_' or '-', such as 1.4.2. "
                "One that was built before is released as it is; empty: made from the source."
            ),
            pattern=VERSION_PATTERN.removesuffix("$") + form.END,
            maxLength=63,
            section="What",
        ),
        "source": Param(
            "services/reference",
            type=["null", "string"],
            title="Source",
            description_md=(
                "The folder to build from, in the checkout; empty: the version is in the registry."
            ),
            minLength=1,
            maxLength=1024,
            section="What",
        ),
        "reason": form.reason(),
        "strategy": Param(
            STRATEGIES[0],
            type="string",
            title="Strategy",
            description_md="How production changes; the runbook explains each.",
            enum=list(STRATEGIES),
            section="How",
        ),
        "steps": Param(
            [10, 50, 100],
            type="array",
            title="Canary steps",
            description_md="The candidate's share of the requests in percent, ascending to 100.",
            items={"type": "integer", "minimum": 1, "maximum": 100},
            contains={"const": 100},
            minItems=1,
            maxItems=MAX_STEPS,
            uniqueItems=True,
            section="How",
        ),
        "gate_seconds": Param(
            settings.releases.gate_seconds,
            type="integer",
            title="Gate",
            description_md="How long each step is analyzed, in seconds.",
            minimum=GATE_SECONDS.start,
            maximum=GATE_SECONDS.stop - 1,
            section="How",
        ),
        "approval_minutes": form.minutes(
            "Approval",
            "How long to wait for an answer, in minutes. None counts as Reject.",
            APPROVAL_MINUTES.stop - 1,
        ),
    }
