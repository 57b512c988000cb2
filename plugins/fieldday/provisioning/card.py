"""What an approver of a change of infrastructure reads before deciding: Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from fieldday.markdown import cell, code, table
from fieldday.provisioning.acquisition import LeftLock
from fieldday.provisioning.plan import PlannedChange
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.scan import Scan
from fieldday.provisioning.state import StateVersion

_ROWS = 60
_DIFFERENCES = 6


def title(plan: ProvisionPlan) -> str:
    """The card's headline."""
    what = "DESTROY" if plan.mode == "destroy" else "Change"
    return f"{what} {plan.environment}: {plan.words}?"


def body(plan: ProvisionPlan, scan: Scan) -> str:
    """The card: what would change, what it costs, what is known of it, and which file it is."""
    file = plan.file
    limited = ", ".join(code(name) for name in plan.modules) or "all modules"
    parts = [
        f"**Why:** {code(plan.reason)}",
        f"**Asked for by:** {code(plan.requested_by or 'unknown')}",
        f"**What:** {plan.words}, in {limited}",
    ]
    if plan.recovery:
        parts.append("**What happened before:**\n\n" + _list(plan.recovery))
    parts.append(_changes(plan.changes))
    if plan.outputs:
        parts.append(f"**Outputs that change:** {', '.join(map(code, plan.outputs))}")
    if plan.loses_data:
        named = ", ".join(map(code, plan.loses_data))
        parts.append(f"**Data is lost** with {named}. A second question asks for its name.")
    parts += [
        f"**Cost:** {cell(str(plan.cost))}",
        table(
            ["check", "result", ""],
            [
                ["format and validity", "**clean**", ""],
                ["security (checkov)", f"**{scan.status}**", cell(scan.detail)],
            ],
        ),
        f"**The plan:** {code(file.sha256)}, made of {_state(file.state)}, expires at "
        f"{plan.until:%H:%M:%S} UTC. This file and no other is applied.",
        "No answer counts as Reject, which changes nothing.",
    ]
    return "\n\n".join(parts)


def confirmation(plan: ProvisionPlan) -> str:
    """The second card: data would be lost."""
    rows = [
        [code(change.address), change.action, cell(", ".join(change.because))]
        for change in plan.changes
        if change.loses_data
    ]
    return "\n\n".join(
        [
            f"The approved plan {code(plan.file.sha256[:12])} would **destroy data** in "
            f"**{plan.environment}**. It can't be brought back but from a backup.",
            table(["resource", "", "because of"], rows),
            "To continue, type the address of each of these resources as it stands here, separated "
            "by spaces. Anything else changes nothing.",
        ]
    )


def lock_card(environment: str, locks: Iterable[LeftLock], now: datetime) -> str:
    """The card that asks whether a lock was left behind; each lock with what is known of it."""
    rows = [
        [
            left.lock.kind,
            code(left.lock.holder),
            code(left.lock.operation),
            f"{left.lock.since:%Y-%m-%d %H:%M:%S} UTC ({left.lock.age(now)})",
            cell(left.known),
        ]
        for left in locks
    ]
    return "\n\n".join(
        [
            f"**{environment}** is locked, perhaps by something that is dead.",
            table(["lock", "holder", "for", "since", ""], rows),
            "Approve only when you know that nobody works on it any more: two at a time damage "
            "the state. Terraform's own is also released by `terraform force-unlock`.",
            "No answer counts as Reject, which leaves it locked.",
        ]
    )


def summary(plan: ProvisionPlan) -> str:
    """The plan for a log: words, then a line for each resource."""
    lines = [f"{plan.environment}: {plan.words}", f"cost: {plan.cost}"]
    lines += [f"  {change.action:8} {change.address}" for change in plan.changes]
    return "\n".join([*lines, *plan.recovery])


def _changes(changes: Sequence[PlannedChange]) -> str:
    rows = [
        [f"**{change.action}**", code(change.address), _what(change)] for change in changes[:_ROWS]
    ]
    if more := len(changes) - _ROWS:
        rows += [["", f"and {more} more", ""]] if more > 0 else []
    return table(["", "resource", "what"], rows)


def _what(change: PlannedChange) -> str:
    found = [code(str(difference)) for difference in change.differences[:_DIFFERENCES]]
    if more := max(0, len(change.differences) - _DIFFERENCES):
        found.append(f"and {more} more")
    if change.because:
        found.insert(0, f"because of {', '.join(map(code, change.because))}:")
    if change.loses_data:
        found.insert(0, "**stateful**")
    return " ".join(found)


def _state(state: StateVersion) -> str:
    return f"the state's {state}" if state.lineage else str(state)


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {cell(line)}" for line in lines)
