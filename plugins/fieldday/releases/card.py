"""What an approver reads before deciding: Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from fieldday.markdown import cell, code, table
from fieldday.releases.plan import Images, ReleasePlan
from fieldday.settings import GateLimits

_CHANGES = {"install": "first release", "update": "update", "none": "already there"}


def title(plan: ReleasePlan) -> str:
    """The card's headline."""
    names = ", ".join(service.name for service in plan.services)
    return f"Release {names} {plan.version} to production?"


def body(
    plan: ReleasePlan,
    images: Images,
    scan: Sequence[Sequence[str]],
    tests: str,
    limits: GateLimits,
) -> str:
    """The card: what changes, how, and what is known of it.

    `scan` has a line of scanner, status and details for each scanner; `tests` is the summary of
    the end-to-end tests. What a person typed is shown as code, so that it stays text.
    """
    services = [
        [
            service.name,
            code(service.before or "nothing"),
            code(service.target),
            code(images[service.name]["digest"]),
            code(service.built_from),
            _CHANGES[service.change],
        ]
        for service in plan.services
    ]
    parts = [
        f"**Why:** {code(plan.reason)}",
        f"**Asked for by:** {code(plan.requested_by or 'unknown')}",
        f"**How:** {_how(plan, limits)}",
        table(["service", "from", "to", "image", "built from", ""], services),
        f"**End-to-end tests against staging:** {tests}",
        table(["scan", "result", ""], [[name, f"**{s}**", cell(d)] for name, s, d in scan]),
        "No answer counts as Reject, which changes nothing in production.",
    ]
    return "\n\n".join(parts)


def _how(plan: ReleasePlan, limits: GateLimits) -> str:
    analysis = f"analyzed for {plan.gate_seconds} s ({limits}, no restart)"
    match plan.strategy:
        case "canary":
            steps = ", ".join(f"{step} %" for step in plan.steps)
            return f"canary at {steps} of the requests, each step {analysis}"
        case "blue-green":
            return f"blue-green: full size beside stable, tested, then all requests, {analysis}"
        case _:
            return f"rolling: pod by pod, then {analysis}"
