"""How a release ended, from how its tasks ended and what they reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldday.releases.record import Outcome


def outcome_of(
    states: Mapping[str, str], parts: Mapping[str, Mapping[str, Any]], errors: Mapping[str, str]
) -> tuple[Outcome, str]:
    """The outcome and its reason in words.

    `states` is by task, `parts` by part of the evidence, `errors` what tasks said as they failed.
    """
    rollout = parts.get("rollout", {})
    rollback = parts.get("rollback", {})
    unrestored = rollout.get("unrestored") or rollback.get("unrestored")
    # From what the tasks found: whoever may mark a task as successful has verified nothing.
    released = "failed" in rollout and rollout["failed"] is None
    approved = parts.get("approval", {}).get("genuine") is True
    if approved and released and not rollback and _is_verified(parts):
        return "promoted", "every step was found good"
    decision = parts.get("approval", {}).get("decision")
    if decision == "rejected":
        return "rejected", f"rejected by {parts['approval']['by']}"
    if decision == "unanswered":
        return "unanswered", "nobody answered in time"
    if states.get("plan") == "failed" and "plan" in errors:
        return "refused", errors["plan"]
    why = _why(states, errors)
    if unrestored:
        return "failed", ". ".join(unrestored)
    if rollout.get("failed"):
        return "rolled_back", f"{rollout['failed']}: {rollout['reason']}"
    if "unrestored" in rollback:
        return "rolled_back", why
    if states.get("restore_stable") == "failed":
        return "failed", f"{why}; and stable could not be restored: see the task restore_stable"
    return "failed", why


def was_stopped(states: Mapping[str, str]) -> bool:
    """Whether a person stopped the run: Airflow skips what had not begun.

    After a failure of its own the last task is `upstream_failed`.
    """
    return states.get("verify") == "skipped"


def _is_verified(parts: Mapping[str, Mapping[str, Any]]) -> bool:
    answered = set(parts.get("verification", {}).get("answered") or ())
    planned = {service["name"] for service in parts.get("plan", {}).get("services", ())}
    return bool(answered) and answered == planned


def _why(states: Mapping[str, str], errors: Mapping[str, str]) -> str:
    stopped = was_stopped(states)
    for name, state in states.items():
        if state == "failed":
            said = "stopped by hand" if stopped else "failed, see its log"
            return f"{name}: {errors.get(name, said)}"
    if stopped:
        return "stopped by hand"
    unfinished = [name for name, state in states.items() if state not in ("success", "skipped")]
    return f"ended before {', '.join(unfinished) or 'its end'}"
