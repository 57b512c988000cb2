"""What a person decides in `provision`: a lock that was left, the plan, the loss of data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context, Param, ParamsDict  # type: ignore[attr-defined] # not in its stub
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fieldday.airflow import task_errors
from fieldday.airflow.approval import PersonsApproval
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.provisioning.provision_plan import ProvisionPlan


class LockRelease(PersonsApproval):
    """Asks whether a lock that was left may be released; then acquires the environment's lock.

    Where there is none it asks nothing. `request` is what `acquire_lock` returns.
    """

    template_fields = ("subject", "body", "request")
    otherwise = "The environment stays locked."

    def __init__(self, *, request: Any, **kwargs: Any) -> None:
        super().__init__(subject="Release a lock?", **kwargs)
        self.request = request

    def execute(self, context: Context) -> Any:
        """Request approval and wait, where there is something to release."""
        from fieldday.provisioning import card
        from fieldday.provisioning.acquisition import Acquisition

        with task_errors.kept(context["ti"]):
            found = Acquisition.from_dict(self.request)
        if not found.left:
            return {}
        name = found.request.environment
        self.subject = f"Release the lock of {name}?"
        self.body = card.lock_card(name, found.left, datetime.now(UTC))
        self.response_timeout = timedelta(minutes=found.request.plan_minutes)
        return super().execute(context)

    def covers(self) -> dict[str, Any]:
        """Those locks of that environment, and no others."""
        from fieldday.provisioning.acquisition import Acquisition

        found = Acquisition.from_dict(self.request)
        released = [left.lock.to_dict() for left in found.left]
        return {"environment": found.request.environment, "released": released}

    def execute_complete(
        self, context: Context, event: dict[str, Any], shown: dict[str, Any] | None = None
    ) -> Any:
        """Release those locks, and acquire the environment's lock for this run."""
        report = super().execute_complete(context, event, shown)
        self._release(context)
        return report

    def _release(self, context: Context) -> None:
        from fieldday.airflow import aws
        from fieldday.airflow.provision.tasks import who
        from fieldday.errors import Retryable
        from fieldday.provisioning.acquisition import Acquisition, acquire_released

        run = context["dag_run"].run_id
        with task_errors.kept(context["ti"]):
            found = Acquisition.from_dict(self.request)
            name = found.request.environment
            store = aws.environment(Settings.from_env(), name, run).store
            try:
                acquire_released(store, found, run, who(context))
            except Retryable as e:
                # A retry would ask again for what was decided.
                msg = f"{e} Provision again."
                context["ti"].xcom_push(key=task_errors.KEY, value=msg)
                raise AirflowFailException(msg) from e


class PlanApproval(PersonsApproval):
    """Asks for approval of one plan file, until it expires.

    Skips what comes after it where there is nothing to apply, or a plan was all that was asked
    for. `plan` and `scan` are what the tasks of these names return.
    """

    template_fields = ("subject", "body", "plan", "scan")

    def __init__(self, *, plan: Any, scan: Any, **kwargs: Any) -> None:
        super().__init__(subject="Change the infrastructure?", **kwargs)
        self.plan = plan
        self.scan = scan

    def execute(self, context: Context) -> Any:
        """Request approval and wait."""
        from fieldday.provisioning import card
        from fieldday.provisioning.scan import Scan

        with task_errors.kept(context["ti"]):
            plan, scan = _read(self.plan), Scan.from_dict(self.scan)
        if not plan.needs_approval:
            raise AirflowSkipException(f"Nothing to approve: {plan.words}.")
        self.subject = card.title(plan)
        self.body = card.body(plan, scan)
        self.response_timeout = _time_left(plan)
        return super().execute(context)

    def covers(self) -> dict[str, Any]:
        """This plan file alone, with all that the card says of it."""
        return _read(self.plan).approved.to_dict()


class DataLossConfirmation(PersonsApproval):
    """Asks for the names of what would lose its data; where that is nothing it asks nothing."""

    template_fields = ("subject", "body", "plan")

    def __init__(self, *, plan: Any, **kwargs: Any) -> None:
        # Airflow gives every task the DAG's own fields; the card shows those of the task alone.
        fields = ParamsDict(kwargs.pop("params", None))
        fields["resources"] = Param(
            # May be empty: nobody has to type a name in order to reject.
            None,
            type=["null", "string"],
            title="Resources",
            description_md="The address of each resource whose data may be lost.",
            source="task",
        )
        super().__init__(subject="Destroy data?", params=fields, **kwargs)
        self.plan = plan

    def execute(self, context: Context) -> Any:
        """Request approval and wait, where data would be lost."""
        from fieldday.provisioning import card

        with task_errors.kept(context["ti"]):
            plan = _read(self.plan)
        if not plan.loses_data:
            return {"confirmed": []}
        self.subject = f"Destroy data in {plan.environment}?"
        self.body = card.confirmation(plan)
        self.response_timeout = _time_left(plan)
        return super().execute(context)

    def covers(self) -> dict[str, Any]:
        """The plan file, and the addresses of what would lose its data."""
        return _read(self.plan).loss_confirmed.to_dict()

    def check_answer(self, context: Context, event: dict[str, Any]) -> None:
        """Fail unless exactly those addresses were typed."""
        from fieldday.errors import Invalid
        from fieldday.provisioning.results import check_typed

        typed = str((event.get("params_input") or {}).get("resources") or "")
        try:
            with task_errors.kept(context["ti"]):
                check_typed(typed, _read(self.plan).loses_data)
        except Invalid as e:
            # A retry would ask again for what was answered.
            msg = f"{e} {self.otherwise}"
            context["ti"].xcom_push(key=task_errors.KEY, value=msg)
            raise AirflowFailException(msg) from e


def _read(plan: Any) -> ProvisionPlan:
    from fieldday.provisioning.provision_plan import ProvisionPlan

    return ProvisionPlan.from_dict(plan)


def _time_left(plan: ProvisionPlan) -> timedelta:
    """How long the plan may still wait; a moment where it has expired, which counts as Reject."""
    return max(plan.until - datetime.now(UTC), timedelta(seconds=1))
