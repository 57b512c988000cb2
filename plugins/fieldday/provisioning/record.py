"""The record of one run of `provision`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from fieldday.records.base import Part, Record

Outcome = Literal[
    "applied",
    "planned",
    "unchanged",
    "rejected",
    "unanswered",
    "unconfirmed",
    "stale",
    "partly_applied",
    "refused",
    "failed",
]
"""applied: all that was approved was done and answers. planned: that was all that was asked for.
unchanged: there was nothing to do. rejected, unanswered: nobody approved. unconfirmed: the data
that would be lost was not named. stale: the plan was too old or the state had moved; it is
planned again. partly_applied: an apply began and did not come to its end, or what it made does
not answer. refused: the request was wrong, or somebody else has the environment. failed: it
ended before anything was changed."""


@dataclass(frozen=True)
class ProvisionRecord(Record):
    """One run of `provision`. No values of resources are in it."""

    pipeline: ClassVar[str] = "provisions"

    outcome: Outcome
    check: Part = field(default_factory=dict)
    """Format and validity."""
    scan: Part = field(default_factory=dict)
    released_lock: Part = field(default_factory=dict)
    """A lock that was left, and who released it."""
    plan: Part = field(default_factory=dict)
    """The changes, the cost effect, and the plan file with its SHA-256 and state."""
    approval: Part = field(default_factory=dict)
    confirmation: Part = field(default_factory=dict)
    """Of losing data: who named what."""
    apply: Part = field(default_factory=dict)
    """What was done, and the outputs that are not sensitive."""
    verification: Part = field(default_factory=dict)
    planned_again: Part = field(default_factory=dict)
    """The run that goes on."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The environment that was asked for."""
        name = self.request.get("environment")
        return (name,) if isinstance(name, str) and name else ()


def outcome_of(
    states: Mapping[str, str], parts: Mapping[str, Mapping[str, Any]], errors: Mapping[str, str]
) -> tuple[Outcome, str]:
    """The outcome and its reason in words.

    `states` is by task, `parts` by part of the record, `errors` what tasks said as they failed.
    """
    plan = parts.get("plan", {})
    apply = parts.get("apply", {})
    if states.get("verify") == "success":
        return "applied", apply.get("text") or "all that was approved was done"
    why = _why(states, errors)
    if apply.get("begun"):
        return "partly_applied", why
    if states.get("apply") == "failed" and apply.get("stale"):
        return "stale", why
    approval = parts.get("approval", {})
    if approval.get("decision") == "rejected":
        return "rejected", f"rejected by {approval['by']}"
    if approval.get("decision") == "unanswered":
        return "unanswered", "nobody answered while the plan was good"
    if states.get("confirm_data_loss") == "failed":
        answer = parts.get("confirmation", {})
        if answer.get("decision") in ("rejected", "unanswered"):
            who = f"rejected by {answer['by']}" if answer["by"] else "nobody answered"
            return "unconfirmed", f"the loss of data: {who}"
        return "unconfirmed", why
    if states.get("plan") == "success" and states.get("approve") == "skipped":
        return ("unchanged" if plan.get("is_empty") else "planned"), plan["words"]
    released = parts.get("released_lock", {})
    if released.get("decision") in ("rejected", "unanswered"):
        return "refused", f"the lock was not released: {released['by'] or 'nobody answered'}"
    if any(states.get(task) == "failed" for task in ("take_environment", "release_lock")):
        return "refused", why
    return "failed", why


def _why(states: Mapping[str, str], errors: Mapping[str, str]) -> str:
    for name, state in states.items():
        if state == "failed":
            return f"{name}: {errors.get(name, 'failed, see its log')}"
    unfinished = [name for name, state in states.items() if state not in ("success", "skipped")]
    return f"ended before {', '.join(unfinished) or 'its end'}"
