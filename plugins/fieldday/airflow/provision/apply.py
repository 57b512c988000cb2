"""The operator that changes infrastructure, and the one that has it planned again."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from fieldday.airflow import task_errors as reasons
from fieldday.airflow.provision.tasks import DAG
from fieldday.processes import interrupt_detached
from fieldday.settings import Settings

AGAIN = "again"
"""Key of the XCom with the reason for which the environment has to be planned again."""

_NUMBER = "__again_"


class ApplyOperator(BaseOperator):
    """Applies the plan file that was approved, and nothing else.

    Killed in the midst of it, it finds out at the next try what was done. `plan`, `approval` and
    `confirmation` are what the tasks before it return.
    """

    template_fields = ("plan", "approval", "confirmation")

    def __init__(self, *, plan: Any, approval: Any, confirmation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.approval = approval
        self.confirmation = confirmation

    def execute(self, context: Context) -> Any:
        """Apply; returns what was done and the outputs that are not sensitive."""
        from fieldday.airflow import aws as provision_aws
        from fieldday.provisioning.applying import (
            Apply,
            Approval,
            CutOffError,
            PartlyAppliedError,
        )
        from fieldday.provisioning.planfile import PlanFile, StalePlanError

        plan, ti = self.plan, context["ti"]
        environment = provision_aws.environment(
            Settings.from_env(), plan["environment"], plan["run"]
        )
        apply = Apply(
            environment=environment,
            file=PlanFile.from_dict(plan["file"]),
            loses_data=plan["loses_data"],
            modules=plan["modules"],
            run=plan["run"],
            requested_by=plan["requested_by"],
        )
        approval = Approval(self.approval["plan"], frozenset(self.confirmation["confirmed"]))
        with reasons.kept(ti):
            try:
                done = apply(approval)
            except StalePlanError as e:
                ti.xcom_push(key=AGAIN, value=str(e))
                begun = isinstance(e, CutOffError)
                ti.xcom_push(key="report", value={"begun": begun, "stale": True, "text": str(e)})
                raise
            except PartlyAppliedError as e:
                ti.xcom_push(key="report", value={"begun": True, "text": str(e)})
                raise
        self.log.info("%s: %s", environment.name, done["text"])
        ti.xcom_push(key="report", value={"begun": True, **done})
        return done

    def on_kill(self) -> None:
        """Ask Terraform to end in order: it finishes what it has begun, and stores the state."""
        interrupt_detached()


class PlanAgainOperator(TriggerDagRunOperator):
    """Starts a run with the same form where the plan of this one was stale or cut off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            trigger_dag_id=DAG, logical_date=None, skip_when_already_exists=True, **kwargs
        )

    def execute(self, context: Context) -> None:
        """Skip where nothing is stale."""
        why = context["ti"].xcom_pull(task_ids="apply", key=AGAIN)
        if not why:
            raise AirflowSkipException("Nothing to plan again: no plan was stale.")
        run = context["dag_run"].run_id
        base, _, number = run.partition(_NUMBER)
        self.trigger_run_id = f"{base}{_NUMBER}{int(number or 0) + 1}"
        self.conf = dict(context["params"])
        self.log.info("%s", why)
        context["ti"].xcom_push(key="report", value={"run": self.trigger_run_id, "why": why})
        super().execute(context)
