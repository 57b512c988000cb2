"""The fields that the forms of all pipelines have."""

from __future__ import annotations

from airflow.sdk import Param

from fieldday.requests import REASON_LENGTH, SHORTEST_MINUTES

# In Python's regular expressions '$' also matches before a newline at the end.
END = r"(?![\s\S])"
"""The end of a text, for a pattern."""
ONE_LINE = r"^[^\x00-\x1f\x7f]+" + END
"""A pattern for text without line breaks and other control characters."""


def reason() -> Param:
    """Why."""
    return Param(
        type="string",
        title="Reason",
        description_md="Why, in one line, for the approver and the record.",
        pattern=ONE_LINE,
        minLength=REASON_LENGTH.start,
        maxLength=REASON_LENGTH.stop - 1,
        section="What",
    )


def minutes(title: str, description: str, longest: int) -> Param:
    """How long to wait for a person: 60 minutes, up to `longest`."""
    return Param(
        60,
        type="number",
        title=title,
        description_md=description,
        minimum=SHORTEST_MINUTES,
        maximum=longest,
        section="How",
    )
