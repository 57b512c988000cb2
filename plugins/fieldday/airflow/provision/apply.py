"""The operator that changes infrastructure, and the one that has it planned again."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from fieldday.airflow import connections, task_errors
from fieldday.airflow.provision.tasks import DAG
from fieldday.errors import FieldDayError
from fieldday.processes import interrupt_detached
from fieldday.settings import Settings


class ApplyOperator(BaseOperator):
    """Applies the plan file that was approved, and nothing else.

    Killed in the midst of it, it finds out at the next attempt what was done. `plan`, `approval`
    and `confirmation` are what the tasks before it return.
    """

    template_fields = ("plan", "approval", "confirmation")

    def __init__(self, *, plan: Any, approval: Any, confirmation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.approval = approval
        self.confirmation = confirmation

    def execute(self, context: Context) -> Any:
        """Apply; returns what was done and the outputs that are not sensitive."""
        from fieldday.airflow import aws
        from fieldday.provisioning.acquisition import check_held
        from fieldday.provisioning.applying import Apply, Approval, report_of
        from fieldday.provisioning.provision_plan import ProvisionPlan

        ti, run = context["ti"], context["dag_run"]
        with task_errors.kept(ti):
            plan = ProvisionPlan.from_dict(self.plan)
            plan.check_run(run.run_id)
            key = connections.approval_key()
            given = self.approval, self.confirmation
            approval = Approval.of(plan, *given, key=key, dag=run.dag_id)
            environment = aws.environment(Settings.from_env(), plan.environment, plan.run)
            check_held(environment.store, plan.run)
            try:
                done = Apply(environment, plan)(approval)
            except FieldDayError as e:
                if (report := report_of(plan, e)) is not None:
                    ti.xcom_push(key="report", value=report.to_dict())
                raise
        self.log.info("%s: %s", plan.environment, done.text)
        ti.xcom_push(key="report", value=done.to_dict())
        return done.to_dict()

    def on_kill(self) -> None:
        """Ask Terraform to end in order: it finishes what it has begun, and stores the state."""
        interrupt_detached()


class PlanAgainOperator(TriggerDagRunOperator):
    """Starts a run with the same form where this one's plan was stale or its apply interrupted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            trigger_dag_id=DAG, logical_date=None, skip_when_already_exists=True, **kwargs
        )

    def execute(self, context: Context) -> None:
        """Skip where nothing is stale."""
        from fieldday.provisioning.applying import run_again
        from fieldday.provisioning.results import ApplyReport

        left = context["ti"].xcom_pull(task_ids="apply", key="report")
        report = ApplyReport.from_dict(left) if left else None
        if report is None or not report.stale:
            raise AirflowSkipException("Nothing to plan again: no plan was stale.")
        self.trigger_run_id = run_again(context["dag_run"].run_id)
        self.conf = dict(context["params"])
        self.log.info("%s", report.text)
        again = {"run": self.trigger_run_id, "why": report.text}
        context["ti"].xcom_push(key="report", value=again)
        super().execute(context)
