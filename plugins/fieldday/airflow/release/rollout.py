"""The operators that change a cluster: one releases a set, the other rolls it back."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator, Context, conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fieldday.airflow import connections, task_errors, task_results
from fieldday.processes import end_attached
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.approvals import Approval
    from fieldday.releases.cluster import Cluster
    from fieldday.releases.plan import ReleasePlan
    from fieldday.releases.release_set import Driver, Event, Finished, Waiting
    from fieldday.releases.rollout import Analysis, AnalysisResult, RolloutPlan
    from fieldday.releases.watch import Watch

# How long the locks are held after the longest wait for an analysis, until the task resumes.
_LOCK_MARGIN_SECONDS = 90
_PRODUCTION = "production"
_ROLLOUT = "rollout"


class _ReleaseSetOperator(BaseOperator):
    """Runs until an analysis result is needed, waits for it in a trigger, and resumes.

    Nothing is kept in the orchestrator but the log: what to do next is read from the cluster, so
    a retry resumes where the one before it was killed.
    """

    template_fields: tuple[str, ...] = ("plan", "images")

    def __init__(
        self,
        *,
        plan: Any,
        images: Any,
        environment: str = _PRODUCTION,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.images = images
        self.environment = environment

    @property
    def release(self) -> ReleasePlan:
        """The plan of this run."""
        from fieldday.releases.plan import ReleasePlan

        return ReleasePlan.from_dict(self.plan)

    def execute(self, context: Context) -> Any:
        """Start, or start again."""
        with task_errors.kept(context["ti"]):
            return self._go_on(context, None)

    def resume(self, context: Context, event: dict[str, Any], service: str, log: list[Any]) -> Any:
        """Resume with the analysis result that the trigger returned."""
        from fieldday.airflow.release.gate_trigger import result_of

        with task_errors.kept(context["ti"]):
            return self._go_on(context, log, service, result_of(event))

    def on_kill(self) -> None:
        """End helm, which reports the interruption as an error."""
        end_attached()

    def check(self, context: Context) -> None:
        """Raise `Permanent` unless this is what the run may do.

        Also when the task resumes: the plan is read anew then, and may have been altered.
        """
        self.release.check_run(context["dag_run"].run_id)

    def begin(self, cluster: Cluster, plans: dict[str, RolloutPlan]) -> list[Any]:  # noqa: ARG002
        """Before anything is changed: what an earlier try has done, for the log.

        Raises `Permanent`: nothing is to be changed.
        """
        return []

    def advance(
        self, driver: Driver, service: str | None, result: AnalysisResult | None
    ) -> Waiting | Finished:
        """Drive the set as far as it goes."""
        raise NotImplementedError

    def finish(self, end: Finished, log: list[Any]) -> Any:
        """End the task: return, or raise."""
        raise NotImplementedError

    def _go_on(
        self,
        context: Context,
        log: list[Any] | None,
        service: str | None = None,
        result: AnalysisResult | None = None,
    ) -> Any:
        from fieldday.releases.locked_set import LockedSet
        from fieldday.releases.release_set import Driver, Waiting
        from fieldday.releases.verification import check_preview

        self.check(context)
        settings = Settings.from_env()
        plans = self.release.rollouts(self.environment, self.images)
        with connections.cluster(settings, self.environment) as cluster:
            locked = LockedSet(cluster, plans)
            with locked.held():
                edge = connections.edge(settings)
                events = self.begin(cluster, plans) if log is None else log

                def on_event(event: Event) -> None:
                    self.log.info("%s: %s", event.service, event.text)
                    events.append(event.to_dict())

                def preview(name: str, analysis: Analysis) -> str:
                    return check_preview(edge, self.environment, name, plans[name], analysis)

                driver = Driver(locked, plans, on_event, preview)
                end = self.advance(driver, service, result)
                if isinstance(end, Waiting):
                    watch = self._watch(end)
                    locked.renew(watch.longest + _LOCK_MARGIN_SECONDS)
            if isinstance(end, Waiting):
                self._wait(watch, events)
            locked.release()
        context["ti"].xcom_push(key="report", value=self._report(end, events))
        if end.failed is not None:
            context["ti"].xcom_push(key=task_errors.KEY, value=f"{end.failed}: {end.reason}")
        return self.finish(end, events)

    @property
    def _gate_seconds(self) -> int:
        """How long a share of the requests is analyzed: not in staging, which has none."""
        return self.release.gate_seconds if self.environment == _PRODUCTION else 0

    def _watch(self, waiting: Waiting) -> Watch:
        from fieldday.releases.watch import Watch

        return Watch(
            service=waiting.service,
            environment=self.environment,
            analysis=waiting.analysis,
            stable_tag=waiting.stable_tag,
            started=time.time(),
            gate_seconds=self._gate_seconds,
            # A worker may take one interval of heartbeats, and the scheduler a moment, to notice
            # that the task has gone to wait. An analysis result before that is taken for a crash.
            earliest=conf.getint("workers", "min_heartbeat_interval") + 2,
        )

    def _wait(self, watch: Watch, log: list[Any]) -> NoReturn:
        from fieldday.airflow.release.gate_trigger import GateTrigger, watch_to_json

        self.log.info("%s: waiting for an analysis result on %s", watch.service, watch.analysis)
        self.defer(
            trigger=GateTrigger(watch_to_json(watch)),
            method_name="resume",
            kwargs={"service": watch.service, "log": log},
            timeout=timedelta(seconds=watch.longest + _LOCK_MARGIN_SECONDS / 2),
        )

    def _report(self, end: Finished, log: list[Any]) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "failed": end.failed,
            "reason": end.reason,
            "unrestored": list(end.unrestored),
            "steps": log,
        }


class RolloutOperator(_ReleaseSetOperator):
    """Releases the set of services of a plan into an environment, analyzed at every step.

    `plan`, `images` and, for production, `approval` are what the tasks of these names return.
    Fails, with the reason in words, after all is back as it was.
    """

    template_fields = ("plan", "images", "approval")

    def __init__(self, *, approval: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.approval = approval

    def _approval(self) -> Approval:
        """What a person approved. Raises `NotApprovedError`: nobody did."""
        from fieldday.approvals import Approval

        return Approval.read(self.approval, connections.approval_key())

    def check(self, context: Context) -> None:
        """Raise `NotApprovedError` unless a person approved this plan in this run.

        Staging needs no approval.
        """
        from fieldday.releases.plan import APPROVE

        super().check(context)
        if self.environment == _PRODUCTION:
            run, covers = context["dag_run"], self.release.covers(self.images)
            approval = self._approval()
            approval.check(dag=run.dag_id, run=run.run_id, task=APPROVE, covers=covers)

    def begin(self, cluster: Cluster, plans: dict[str, RolloutPlan]) -> list[Any]:
        """What a try that was killed has done: it is in the cluster."""
        if self.environment == _PRODUCTION:
            release = self.release
            states = {s.name: cluster.read(s.name, release.run) for s in release.services}
            for service in release.services:
                service.check_current(states[service.name])
            if not any(state.started for state in states.values()):
                self._approval().check_age()
        return [event.to_dict() for event in cluster.past(plans)]

    def advance(
        self, driver: Driver, service: str | None, result: AnalysisResult | None
    ) -> Waiting | Finished:
        """Forward, or back where an analysis result was bad."""
        return driver.advance(service, result)

    def finish(self, end: Finished, log: list[Any]) -> Any:
        """Return the report, or fail."""
        if end.failed is None:
            return self._report(end, log)
        msg = f"{end.failed}: was not released to {self.environment}: {end.reason}."
        raise AirflowFailException(msg)


class RestoreStableOperator(_ReleaseSetOperator):
    """The safety net: rolls back whatever the run left, and skips where it left nothing."""

    def execute(self, context: Context) -> Any:
        """Skip where there is nothing to restore, without a lock: another run may be at work."""
        from fieldday.releases.rollout import Left, left_by

        if not self.plan or not self.images:
            msg = "Nothing to restore: the release had not begun."
            raise AirflowSkipException(msg)
        self.check(context)
        release = self.release
        with connections.cluster(Settings.from_env(), self.environment) as cluster:
            left = {
                left_by(release.run, cluster.helm.read(service.name, release.run))
                for service in release.services
            }
        if left <= {Left.NOTHING}:
            msg = "Nothing to restore: the run has left nothing in production."
            raise AirflowSkipException(msg)
        if Left.UNFINISHED not in left and not self._has_rolled_out(context):
            # The run was cleared after it had released, and ended before it came to production.
            msg = "Nothing to restore: this attempt has not touched production."
            raise AirflowSkipException(msg)
        return super().execute(context)

    def _has_rolled_out(self, context: Context) -> bool:
        """Whether the task before this one has run in this attempt."""
        return task_results.states_of(context).get(_ROLLOUT) in ("success", "failed")

    def advance(
        self, driver: Driver, service: str | None, result: AnalysisResult | None
    ) -> Waiting | Finished:
        """Back."""
        return driver.go_back("the release failed after this", service, result)

    def finish(self, end: Finished, log: list[Any]) -> Any:
        """Return the report, or fail where a service does not serve as before."""
        if end.unrestored:
            raise AirflowFailException(". ".join(end.unrestored))
        return self._report(end, log)
