"""The tasks of `provision` that neither wait for a person nor change infrastructure.

Each returns small JSON without any value of a resource, and pushes `error` before it fails for a
reason that this library gives. The library is imported when a task runs.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import task_errors as reasons
from fieldday.settings import Settings

Json = dict[str, Any]

DAG = "provision"
_SETTLED_SECONDS = 60
"""A lock of Terraform's that is younger belongs to one that plans, most probably."""

_log = logging.getLogger(__name__)


@task
@reasons.says_why
def take_environment() -> Json:
    """Check the form's values, and take the environment unless something has left it locked."""
    from fieldday.airflow import aws as provision_aws
    from fieldday.provisioning import locks
    from fieldday.provisioning.request import ProvisionRequest
    from fieldday.provisioning.root_module import Root

    context = get_current_context()
    settings = Settings.from_env()
    root = Root(settings.terraform_root)
    root.check()
    request = ProvisionRequest.from_params(
        context["params"], environments=root.environments, modules=root.modules
    )
    root.var_file(request.environment)
    run = context["dag_run"].run_id
    store = provision_aws.environment(settings, request.environment, run).store
    left = []
    now = datetime.now(UTC)
    held = locks.run_lock(store)
    if held is not None and held.id != run:
        state = _state_of(context["ti"], held.id)
        if state in ("queued", "running"):
            raise locks.locked(store, held)
        left.append((held, f"the run is {state}"))
    lock = locks.terraform_lock(store)
    if lock is not None:
        if (now - lock.since).total_seconds() < _SETTLED_SECONDS:
            raise locks.locked(store, lock)
        left.append((lock, _known_of(store, lock)))
    if not left:
        locks.acquire(store, run, who(context), request.reason)
    return {
        "environment": request.environment,
        "modules": list(request.modules),
        "mode": request.mode,
        "plan_minutes": request.plan_minutes,
        "reason": request.reason,
        "left": [{"lock": lock.to_dict(), "known": known} for lock, known in left],
    }


@task
@reasons.says_why
def check(request: Json) -> Json:
    """Look at the format and the validity of the configuration."""
    import tempfile
    from pathlib import Path

    from fieldday.provisioning.terraform import Terraform, check_configuration
    from fieldday.provisioning.workspace import Workspace

    settings = Settings.from_env()
    root = settings.terraform_root
    with tempfile.TemporaryDirectory(prefix="fieldday-check-") as folder:
        workspace = Workspace(Path(folder) / "check")
        workspace.prepare(root)
        terraform = Terraform(workspace.root, request["environment"], settings.state_bucket)
        return check_configuration(terraform, _name_of(settings))


@task
@reasons.says_why
def scan(request: Json) -> Json:
    """Scan the configuration with the environment's values; say what could not be scanned."""
    from fieldday.errors import Permanent
    from fieldday.provisioning.root_module import Root
    from fieldday.provisioning.scan import scan as scan_root

    settings = Settings.from_env()
    root = Root(settings.terraform_root)
    found = scan_root(root.folder, root.var_file(request["environment"]))
    if found.status == "findings":
        msg = (
            f"{_name_of(settings)}: the security scan has findings: {found.detail}. Mend them, or "
            "skip each with '#checkov:skip=<check>:<reason>' beside its line."
        )
        raise Permanent(msg)
    return found.to_dict()


@task
@reasons.says_why
def plan(request: Json) -> Json:
    """Plan to a file in the state bucket, and say what it would do."""
    from fieldday.airflow import aws as provision_aws
    from fieldday.provisioning import card
    from fieldday.provisioning.planning import make_plan
    from fieldday.provisioning.request import ProvisionRequest

    context = get_current_context()
    asked = ProvisionRequest(
        environment=request["environment"],
        modules=tuple(request["modules"]),
        mode=request["mode"],
        plan_minutes=request["plan_minutes"],
        reason=request["reason"],
    )
    run = context["dag_run"].run_id
    environment = provision_aws.environment(Settings.from_env(), asked.environment, run)
    planned = make_plan(environment, asked, run, who(context))
    _log.info("%s", card.summary(planned))
    return planned


@task
@reasons.says_why
def verify(plan: Json) -> Json:
    """Check that nothing is left to do, and that what holds data answers."""
    from fieldday.airflow import aws as provision_aws
    from fieldday.provisioning.planning import verify as verify_plan

    environment = provision_aws.environment(Settings.from_env(), plan["environment"], plan["run"])
    return verify_plan(environment, plan, provision_aws.client)


@task
def free_environment(request: Json | None) -> None:
    """Let go of the environment, and remove the plan file: it holds secrets."""
    from fieldday.airflow import aws as provision_aws
    from fieldday.processes import is_running
    from fieldday.provisioning import locks
    from fieldday.provisioning.planfile import PlanFile

    if not request:
        return
    context = get_current_context()
    run = context["dag_run"].run_id
    environment = provision_aws.environment(Settings.from_env(), request["environment"], run)
    planned = context["ti"].xcom_pull(task_ids="plan")
    if planned:
        for key in PlanFile.from_dict(planned["file"]).keys:
            environment.store.delete(key)
    workspace = environment.workspace
    # A Terraform that outlived its worker writes there, and a state may be left to be stored.
    if not is_running(workspace.output) and not workspace.errored_state.exists():
        workspace.remove()
    locks.give_back(environment.store, run)


def _state_of(ti: Any, run: str) -> str:
    """The state of a run in Airflow, or that it knows of none."""
    try:
        state = ti.get_dagrun_state(dag_id=DAG, run_id=run)
    except Exception:  # noqa: BLE001 - one error for all that goes wrong, with no type of its own
        return "not known to Airflow"
    # An enumeration, though it is declared as text.
    return str(getattr(state, "value", state))


def _known_of(store: Any, lock: Any) -> str:
    """Whether an apply that was cut off has left Terraform's lock."""
    from fieldday.provisioning import journal

    for found in reversed(journal.unsettled(store)):
        if not found.ended and found.updated[:19] >= lock.since.isoformat()[:19]:
            return f"an apply was cut off under it: {found.text}"
    return "nothing is known of it"


def who(context: Any) -> str:
    """Who asked for the run."""
    run = context["dag_run"]
    return getattr(run, "triggering_user_name", None) or f"Airflow ({run.run_id})"


def _name_of(settings: Settings) -> str:
    root = settings.terraform_root
    inside = root.is_relative_to(settings.checkout)
    return str(root.relative_to(settings.checkout)) if inside else str(root)
