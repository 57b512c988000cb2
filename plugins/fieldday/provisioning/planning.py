"""Planning an environment: a plan file in the bucket, and what it would do in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fieldday.errors import Permanent
from fieldday.provisioning import journal
from fieldday.provisioning.cost import cost_effect
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.interrupted_apply import (
    plan_with_imports,
    push_errored_states,
    recovery_of,
)
from fieldday.provisioning.plan import Plan
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.smoke import Client, smoke_check
from fieldday.provisioning.state import read_state
from fieldday.provisioning.workspace import errored_states


def make_plan(
    environment: Environment, request: ProvisionRequest, run: str, requested_by: str | None
) -> dict[str, Any]:
    """Plan, store the plan file, and say what it would do, without any secret."""
    var_file = environment.prepare()
    terraform, store, workspace = environment.terraform, environment.store, environment.workspace
    state = read_state(store)
    stories = push_errored_states(
        terraform, errored_states(environment.work, environment.name), state.version
    )
    if stories:
        state = read_state(store)
    recovery = recovery_of(journal.unsettled(store), state)
    destroys = request.mode == "destroy"
    created = datetime.now(UTC)
    if destroys:
        terraform.plan(var_file, workspace.plan, modules=request.modules, destroy=True)
    else:
        recovery = plan_with_imports(terraform, workspace, var_file, request.modules, recovery)
    plan = Plan.of(terraform.show(workspace.plan))
    made = workspace.made()
    file = PlanFile.of(workspace.plan, environment.name, created, request.plan_minutes, made)
    for name, content in made.items():
        store.put(file.made_key(name), content)
    store.put(file.key, workspace.plan.read_bytes())
    if plan.is_empty and not request.modules and not destroys:
        # All that is configured is in the state.
        journal.settle(store)
    cost = cost_effect(plan.changes)
    return {
        "run": run,
        "environment": environment.name,
        "mode": request.mode,
        "modules": list(request.modules),
        "reason": request.reason,
        "requested_by": requested_by,
        "words": plan.words,
        "is_empty": plan.is_empty,
        "counts": plan.counts,
        "changes": [change.to_dict() for change in plan.changes],
        "outputs": list(plan.outputs),
        "loses_data": list(plan.loses_data),
        "cost": cost.to_dict(),
        "cost_text": str(cost),
        "recovery": [*stories, *recovery.lines],
        "file": file.to_dict(),
        "until": file.until.isoformat(),
    }


def verify(environment: Environment, plan: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """Check that nothing is left to do, and that what holds data answers.

    Raises `Permanent` with what is not so.
    """
    var_file = environment.prepare()
    terraform, workspace = environment.terraform, environment.workspace
    destroys = plan["mode"] == "destroy"
    terraform.plan(var_file, workspace.plan, modules=plan["modules"], destroy=destroys)
    left = Plan.of(terraform.show(workspace.plan))
    if not left.is_empty:
        named = ", ".join(change.address for change in left.changes[:5]) or ", ".join(left.outputs)
        msg = (
            f"{environment.name}: something is left to do after the apply: {left.words} ({named}). "
            "Provision again, and see why it does not come to rest."
        )
        raise Permanent(msg)
    answers = smoke_check(terraform.show(), client)
    if bad := [answer for answer in answers if not answer.good]:
        said = "; ".join(f"{answer.address}: {answer.answer}" for answer in bad)
        msg = f"{environment.name}: does not answer as it should: {said}. Look at it in AWS."
        raise Permanent(msg)
    return {
        "left": left.words,
        "answered": {answer.address: answer.answer for answer in answers},
    }
