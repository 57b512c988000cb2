"""The tasks of `provision` that neither wait for a person nor change infrastructure.

Each returns small JSON without any value of a resource, and pushes `error` before it fails for a
reason of this library's. The library is imported when a task runs.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import get_current_context, task

from fieldday.airflow import task_errors
from fieldday.airflow.task_results import requester_of
from fieldday.settings import Settings

Json = dict[str, Any]

DAG = "provision"

_log = logging.getLogger(__name__)


@task
@task_errors.says_why
def acquire_lock() -> Json:
    """Check the form's values, and acquire the environment's lock unless one was left."""
    from fieldday.airflow import aws
    from fieldday.provisioning.acquisition import acquire
    from fieldday.provisioning.request import ProvisionRequest
    from fieldday.provisioning.root_module import Root

    context = get_current_context()
    settings = Settings.from_env()
    request = ProvisionRequest.for_root(Root(settings.terraform.root), context["params"])
    run, ti = context["dag_run"].run_id, context["ti"]
    store = aws.environment(settings, request.environment, run).store
    return acquire(store, request, run, who(context), lambda other: _state_of(ti, other)).to_dict()


@task
@task_errors.says_why
def check(request: Json) -> Json:
    """Check the format and the validity of the configuration."""
    from fieldday.provisioning.acquisition import Acquisition
    from fieldday.provisioning.checks import check_root

    return check_root(Settings.from_env(), Acquisition.from_dict(request).request.environment)


@task
@task_errors.says_why
def scan(request: Json) -> Json:
    """Scan the configuration with the environment's values; say what could not be scanned."""
    from fieldday.provisioning.acquisition import Acquisition
    from fieldday.provisioning.checks import scan_root

    environment = Acquisition.from_dict(request).request.environment
    return scan_root(Settings.from_env(), environment).to_dict()


@task
@task_errors.says_why
def plan(request: Json) -> Json:
    """Plan to a file in the state bucket, and return what it would do."""
    from fieldday.airflow import aws
    from fieldday.provisioning import card
    from fieldday.provisioning.acquisition import Acquisition, check_held
    from fieldday.provisioning.planning import make_plan

    context = get_current_context()
    asked = Acquisition.from_dict(request).request
    run = context["dag_run"].run_id
    environment = aws.environment(Settings.from_env(), asked.environment, run)
    check_held(environment.store, run)
    planned = make_plan(environment, asked, run, who(context))
    _log.info("%s", card.summary(planned))
    return planned.to_dict()


@task
@task_errors.says_why
def verify(plan: Json) -> Json:
    """Check that nothing is left to do, and that stateful resources answer."""
    from fieldday.airflow import aws
    from fieldday.provisioning.planning import verify as verify_plan
    from fieldday.provisioning.provision_plan import ProvisionPlan

    planned = ProvisionPlan.from_dict(plan)
    environment = aws.environment(Settings.from_env(), planned.environment, planned.run)
    return verify_plan(environment, planned, aws.client).to_dict()


@task
def release_lock(request: Json | None) -> None:
    """Release the environment, and remove the plan file: it holds secrets."""
    from fieldday.airflow import aws
    from fieldday.errors import Permanent
    from fieldday.provisioning.acquisition import Acquisition, release
    from fieldday.provisioning.provision_plan import ProvisionPlan

    if not request:
        return
    context = get_current_context()
    run = context["dag_run"].run_id
    name = Acquisition.from_dict(request).request.environment
    environment = aws.environment(Settings.from_env(), name, run)
    planned = context["ti"].xcom_pull(task_ids="plan")
    try:
        plan = ProvisionPlan.from_dict(planned) if planned else None
    except Permanent:
        # The lock goes all the same; the bucket removes plan files after a day.
        release(environment, run, None)
        raise
    release(environment, run, plan)


def _state_of(ti: Any, run: str) -> str:
    """The state of a run in Airflow, or that it knows of none."""
    try:
        state = ti.get_dagrun_state(dag_id=DAG, run_id=run)
    except Exception:  # noqa: BLE001 - one error for all that goes wrong, with no type of its own
        return "not known to Airflow"
    # An enumeration, though it is declared as text.
    return str(getattr(state, "value", state))


def who(context: Any) -> str:
    """Who asked for the run."""
    return requester_of(context) or f"Airflow ({context['dag_run'].run_id})"
