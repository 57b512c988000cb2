"""What a person decides in `provision`: a lock that was left, the plan, the loss of data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Context, Param, ParamsDict  # type: ignore[attr-defined] # not in its stub
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fieldday.airflow import task_errors as reasons
from fieldday.airflow.approval import PersonsApproval
from fieldday.settings import Settings


class LockRelease(PersonsApproval):
    """Asks whether a lock that something has left may go; then takes the environment.

    Where there is none it asks nothing. `request` is what `take_environment` returns.
    """

    template_fields = ("subject", "body", "request")
    otherwise = "The environment stays locked."

    def __init__(self, *, request: Any, **kwargs: Any) -> None:
        super().__init__(subject="Release a lock?", **kwargs)
        self.request = request

    def execute(self, context: Context) -> Any:
        """Put up the card and wait, where there is something to release."""
        from fieldday.provisioning import card
        from fieldday.provisioning.locks import Lock

        if not self.request["left"]:
            return {}
        name = self.request["environment"]
        left = [(Lock.from_dict(found["lock"]), found["known"]) for found in self.request["left"]]
        self.subject = f"Release the lock of {name}?"
        self.body = card.lock_card(name, left, datetime.now(UTC))
        self.response_timeout = timedelta(minutes=self.request["plan_minutes"])
        return super().execute(context)

    def covers(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Those locks and no others."""
        return {"released": [found["lock"] for found in self.request["left"]]}

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Release those locks, and acquire the environment's for this run."""
        report = super().execute_complete(context, event)
        self._release(context)
        return report

    def _release(self, context: Context) -> None:
        from fieldday.airflow import aws as provision_aws
        from fieldday.airflow.provision.tasks import who
        from fieldday.errors import Retryable
        from fieldday.provisioning import locks

        run = context["dag_run"].run_id
        with reasons.kept(context["ti"]):
            store = provision_aws.environment(
                Settings.from_env(), self.request["environment"], run
            ).store
            left = [locks.Lock.from_dict(found["lock"]) for found in self.request["left"]]
            try:
                for lock in left:
                    locks.force_release(store, lock)
                locks.acquire(store, run, who(context), self.request["reason"])
            except Retryable as e:
                # A retry would ask again for what was decided.
                msg = f"{e} Provision again."
                raise AirflowFailException(msg) from e


class PlanApproval(PersonsApproval):
    """Asks for approval of one plan file, as long as it is good.

    Skips what comes after it where there is nothing to apply, or a plan was all that was asked
    for. `plan` and `scan` are what the tasks of these names return.
    """

    template_fields = ("subject", "body", "plan", "scan")

    def __init__(self, *, plan: Any, scan: Any, **kwargs: Any) -> None:
        super().__init__(subject="Change the infrastructure?", **kwargs)
        self.plan = plan
        self.scan = scan

    def execute(self, context: Context) -> Any:
        """Put up the card and wait."""
        from fieldday.provisioning import card

        if self.plan["is_empty"] or self.plan["mode"] == "plan":
            raise AirflowSkipException(f"Nothing to approve: {self.plan['words']}.")
        self.subject = card.title(self.plan)
        self.body = card.body(self.plan, self.scan)
        self.response_timeout = _time_left(self.plan)
        return super().execute(context)

    def covers(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """This plan file alone."""
        return approval_covers(self.plan)


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
        """Put up the card and wait, where data would be lost."""
        from fieldday.provisioning import card

        if not self.plan["loses_data"]:
            return {"confirmed": []}
        self.subject = f"Destroy data in {self.plan['environment']}?"
        self.body = card.confirmation(self.plan)
        self.response_timeout = _time_left(self.plan)
        return super().execute(context)

    def covers(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """The plan file, and the addresses that were typed: those that would lose their data."""
        typed = str((event.get("params_input") or {}).get("resources") or "")
        named, needed = set(typed.replace(",", " ").split()), set(self.plan["loses_data"])
        if named != needed:
            msg = (
                f"confirmation: named {_listed(named)}, and the plan would lose the data of "
                f"{_listed(needed)}. {self.otherwise}"
            )
            context["ti"].xcom_push(key=reasons.KEY, value=msg)
            raise AirflowFailException(msg)
        return confirmation_covers(self.plan, needed)


def approval_covers(plan: dict[str, Any]) -> dict[str, Any]:
    """What the approval of a plan covers: this file, in this environment."""
    return {"plan": plan["file"]["sha256"], "environment": plan["environment"]}


def confirmation_covers(plan: dict[str, Any], addresses: Iterable[str]) -> dict[str, Any]:
    """What the confirmation of data loss covers: these resources, with this file."""
    return {**approval_covers(plan), "confirmed": sorted(addresses)}


def _time_left(plan: dict[str, Any]) -> timedelta:
    """How long the plan is still good; a moment where it is not, which counts as no answer."""
    left = datetime.fromisoformat(plan["until"]) - datetime.now(UTC)
    return max(left, timedelta(seconds=1))


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
