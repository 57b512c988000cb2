"""Planning an environment: a plan file in the bucket, and what it would do in words."""

from __future__ import annotations

from datetime import UTC, datetime

from fieldday.errors import Permanent
from fieldday.provisioning import journal
from fieldday.provisioning.cost import cost_effect
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.interrupted_apply import (
    plan_with_imports,
    push_errored_states,
    recovery_of,
)
from fieldday.provisioning.plan import TerraformPlan
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.results import Verification
from fieldday.provisioning.smoke import Client, smoke_check
from fieldday.provisioning.state import read_state
from fieldday.provisioning.workspace import errored_states


def make_plan(
    environment: Environment, request: ProvisionRequest, run: str, requested_by: str | None
) -> ProvisionPlan:
    """Plan, store the plan file, and return what it would do, without any secret."""
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
    plan = TerraformPlan.of(terraform.show(workspace.plan))
    made = workspace.made()
    file = PlanFile.of(workspace.plan, environment.name, created, request.plan_minutes, made)
    for name, content in made.items():
        store.put(file.made_key(name), content)
    store.put(file.key, workspace.plan.read_bytes())
    if plan.is_empty and not request.modules and not destroys:
        # All that is configured is in the state.
        journal.settle(store)
    return ProvisionPlan(
        run=run,
        environment=environment.name,
        mode=request.mode,
        modules=request.modules,
        reason=request.reason,
        requested_by=requested_by,
        changes=tuple(change.planned for change in plan.changes),
        outputs=plan.outputs,
        cost=cost_effect(plan.changes),
        recovery=(*stories, *recovery.lines),
        file=file,
    )


def verify(environment: Environment, plan: ProvisionPlan, client: Client) -> Verification:
    """Check that nothing is left to do, and that stateful resources answer.

    Raises `Permanent` with what is not so.
    """
    var_file = environment.prepare()
    terraform, workspace = environment.terraform, environment.workspace
    destroys = plan.mode == "destroy"
    terraform.plan(var_file, workspace.plan, modules=plan.modules, destroy=destroys)
    left = TerraformPlan.of(terraform.show(workspace.plan))
    if not left.is_empty:
        named = ", ".join(change.address for change in left.changes[:5]) or ", ".join(left.outputs)
        msg = (
            f"{environment.name}: something is left to do after the apply: {left.words} ({named}). "
            "Provision again, and see why the plan does not stay empty."
        )
        raise Permanent(msg)
    answers = smoke_check(terraform.show(), client)
    if bad := [answer for answer in answers if not answer.good]:
        said = "; ".join(f"{answer.address}: {answer.answer}" for answer in bad)
        msg = f"{environment.name}: does not answer as it should: {said}. Look at it in AWS."
        raise Permanent(msg)
    return Verification(
        run=plan.run,
        plan=plan.file.sha256,
        left=left.words,
        answered={answer.address: answer.answer for answer in answers},
    )
