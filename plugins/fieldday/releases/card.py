"""What an approver reads before deciding: Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_CHANGES = {"install": "first release", "update": "update", "none": "already there"}


def title(plan: Mapping[str, Any]) -> str:
    """The card's headline."""
    names = ", ".join(service["name"] for service in plan["services"])
    return f"Release {names} {plan['version']} to production?"


def body(
    plan: Mapping[str, Any],
    images: Mapping[str, Mapping[str, Any]],
    scan: Sequence[Sequence[str]],
    tests: str,
) -> str:
    """The card: what changes, how, and what is known of it.

    `scan` has a line of scanner, status and details for each scanner; `tests` is the summary of
    the end-to-end tests. What a person typed is shown as code, so that it stays text.
    """
    services = [
        [
            service["name"],
            _code(service["from"] or "nothing"),
            _code(service["to"]),
            _code(images[service["name"]]["digest"]),
            _CHANGES[service["change"]],
        ]
        for service in plan["services"]
    ]
    parts = [
        f"**Why:** {_code(plan['reason'])}",
        f"**Asked for by:** {_code(plan['requested_by'] or 'unknown')}",
        f"**How:** {_how(plan)}",
        _table(["service", "from", "to", "image", ""], services),
        f"**End-to-end tests against staging:** {tests}",
        _table(["scan", "result", ""], [[name, f"**{s}**", _cell(d)] for name, s, d in scan]),
        "No answer counts as Reject, which changes nothing in production.",
    ]
    return "\n\n".join(parts)


def _how(plan: Mapping[str, Any]) -> str:
    judged = f"judged for {plan['gate_seconds']} s (errors 1 %, p95 500 ms, no restart)"
    match plan["strategy"]:
        case "canary":
            steps = ", ".join(f"{step} %" for step in plan["steps"])
            return f"canary at {steps} of the requests, each step {judged}"
        case "blue-green":
            return f"blue-green: full size beside stable, tested, then all requests, {judged}"
        case _:
            return f"rolling: pod by pod, then {judged}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _code(text: str) -> str:
    return "`" + _cell(text).replace("`", "'") + "`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
