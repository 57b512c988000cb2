"""The record of one run of `provision`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar

from fieldday.errors import Permanent
from fieldday.json_data import JsonData
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.results import ApplyReport, Verification
from fieldday.records.base import Part, Record

_RAN = ("running", "success", "failed")
_REFUSALS = ("rejected", "unanswered")
_PROVING = {"apply": "apply", "verify": "verification"}
"""By task whose result proves that a plan was applied: its part of the record."""

D = TypeVar("D", bound=JsonData)
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
planned again. partly_applied: an apply began and did not complete, or was not verified. refused:
the request was wrong, or somebody else holds the lock. failed: it ended before anything was
changed."""


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
    """The run that resumes."""
    schema_version: int = 2
    """2: what an approval covers is in `covers`."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The environment that was asked for."""
        name = self.request.get("environment")
        return (name,) if isinstance(name, str) and name else ()


def outcome_of(
    run: str,
    states: Mapping[str, str],
    parts: Mapping[str, Part],
    errors: Mapping[str, str],
) -> tuple[Outcome, str]:
    """The outcome and its reason in words.

    `states` is by task, `parts` by part of the record, `errors` what tasks said as they failed.
    Anybody who may edit task instances can set a state; so a state explains an outcome, and never
    proves that something was done, or that nothing was.
    """
    plan = _read(ProvisionPlan, parts.get("plan"))
    apply = _read(ApplyReport, parts.get("apply"))
    why = _why(states, parts, errors)
    if plan is not None and apply is not None and _is_proved(run, plan, apply, parts):
        return "applied", apply.text
    if parts.get("apply") and (apply is None or apply.begun):
        return "partly_applied", why
    if apply is not None and apply.stale:
        return "stale", why
    if ended := _not_approved(parts, errors):
        return ended
    if states.get("apply") in _RAN and parts.get("approval") and "apply" not in errors:
        # Killed, or marked by hand while it ran.
        return "partly_applied", f"apply: left no result, so how far it came is not known; {why}"
    if plan is not None and not plan.needs_approval and states.get("plan") == "success":
        return ("unchanged" if plan.is_empty else "planned"), plan.words
    for task in ("acquire_lock", "release_stale_lock"):
        if task in errors:
            return "refused", f"{task}: {errors[task]}"
    return "failed", why


def _is_proved(
    run: str, plan: ProvisionPlan, apply: ApplyReport, parts: Mapping[str, Part]
) -> bool:
    """Whether this run's apply of this plan completed, and was verified."""
    verified = _read(Verification, parts.get("verification"))
    this = (run, plan.file.sha256)
    return (
        verified is not None
        and parts.get("approval", {}).get("genuine") is True
        and apply.complete
        and (apply.run, apply.plan) == this
        and (verified.run, verified.plan) == this
    )


def _not_approved(
    parts: Mapping[str, Part], errors: Mapping[str, str]
) -> tuple[Outcome, str] | None:
    """How it ended where a person decided against it, or nobody decided."""
    approval = _decided(parts, "approval")
    if approval.decision == "rejected":
        return "rejected", f"rejected by {approval.by}"
    if approval.decision == "unanswered":
        return "unanswered", "nobody answered before the plan expired"
    loss = _decided(parts, "confirmation")
    if loss.decision in _REFUSALS:
        return "unconfirmed", f"the loss of data: {loss.words}"
    if "confirm_data_loss" in errors:
        return "unconfirmed", f"confirm_data_loss: {errors['confirm_data_loss']}"
    lock = _decided(parts, "released_lock")
    if lock.decision in _REFUSALS:
        return "refused", f"the lock was not released: {lock.by or 'nobody answered'}"
    return None


@dataclass(frozen=True)
class _Decision:
    decision: str
    by: str

    @property
    def words(self) -> str:
        return f"rejected by {self.by}" if self.by else "nobody answered"


def _decided(parts: Mapping[str, Part], part: str) -> _Decision:
    found = parts.get(part)
    found = found if isinstance(found, Mapping) else {}
    return _Decision(str(found.get("decision") or ""), str(found.get("by") or ""))


def _read(kind: type[D], part: object) -> D | None:
    """A part as its class; none where there is none, or it can't be read: it proves nothing."""
    try:
        return kind.from_dict(part)
    except Permanent:
        return None


def _why(states: Mapping[str, str], parts: Mapping[str, Part], errors: Mapping[str, str]) -> str:
    for name, state in states.items():
        if state == "failed":
            return f"{name}: {errors.get(name, 'failed, see its log')}"
    for name, part in _PROVING.items():
        if states.get(name) == "success" and not parts.get(part):
            return f"{name}: was marked as success and left no result"
    unfinished = [name for name, state in states.items() if state not in ("success", "skipped")]
    if not unfinished and all(parts.get(part) for part in _PROVING.values()):
        return "the results of apply and verify are not those of this run's plan"
    return f"ended before {', '.join(unfinished) or 'its end'}"
