"""The operators that change a cluster: one releases a set, the other takes it back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator, Context, conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fieldday.airflow import connections
from fieldday.airflow import task_errors as reasons
from fieldday.airflow import task_results as reports
from fieldday.errors import Permanent
from fieldday.processes import end_attached
from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.end_to_end.probe import Edge
    from fieldday.releases.cluster import Cluster
    from fieldday.releases.release_set import Driver, Event, Finished, Waiting
    from fieldday.releases.rollout import Judge, Plan, Verdict

# Between two looks at the lock there is the longest wait for a verdict, and this.
_LOCK_MARGIN_SECONDS = 90
_PRODUCTION = "production"
_ROLLOUT = "rollout"


class _Left(Enum):
    """What a run has left of one service in production."""

    NOTHING = "nothing"
    RELEASED = "released"
    UNFINISHED = "unfinished"


class _ReleaseSetOperator(BaseOperator):
    """Goes on until a verdict is needed, waits for it in a trigger, goes on.

    Nothing is kept in the orchestrator but the log: what to do next is read from the cluster, so
    a retry goes on where the one before it was killed.
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

    def execute(self, context: Context) -> Any:
        """Start, or start again."""
        with reasons.kept(context["ti"]):
            return self._go_on(context, None)

    def resume(self, context: Context, event: dict[str, Any], service: str, log: list[Any]) -> Any:
        """Go on with the verdict that the trigger gave."""
        from fieldday.airflow.release.gate_trigger import verdict_of

        with reasons.kept(context["ti"]):
            return self._go_on(context, log, service, verdict_of(event))

    def on_kill(self) -> None:
        """End helm and kubectl, which take the cut-off for an error and say so in the log."""
        end_attached()

    def begin(self, cluster: Cluster, plans: dict[str, Plan]) -> list[Any]:  # noqa: ARG002
        """Before anything is changed: what an earlier try has done, for the log.

        Raises `Permanent`: nothing is to be changed.
        """
        return []

    def advance(
        self, driver: Driver, service: str | None, verdict: Verdict | None
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
        verdict: Verdict | None = None,
    ) -> Any:
        from fieldday.releases.release_set import Driver, Waiting

        settings = Settings.from_env()
        plans = self._plans()
        longest = self._longest()
        with connections.cluster(settings, self.environment) as cluster:
            with self._locked(cluster, plans, longest):
                edge = connections.edge(settings)
                try:
                    events = self.begin(cluster, plans) if log is None else log
                except Permanent:
                    self._unlock(cluster, plans)
                    raise

                def on_event(event: Event) -> None:
                    self.log.info("%s: %s", event.service, event.text)
                    events.append(event.to_dict())

                def check(name: str, judge: Judge) -> str:
                    return self._check(edge, plans[name], name, judge)

                driver = Driver(cluster, plans, on_event, check)
                end = self.advance(driver, service, verdict)
            if isinstance(end, Waiting):
                self._wait(end, events)
            self._unlock(cluster, plans)
        context["ti"].xcom_push(key="report", value=self._report(end, events))
        if end.failed is not None:
            context["ti"].xcom_push(key=reasons.KEY, value=f"{end.failed}: {end.reason}")
        return self.finish(end, events)

    def _plans(self) -> dict[str, Plan]:
        from fieldday.releases.rollout import Plan
        from fieldday.releases.state import Version

        staging = self.environment != _PRODUCTION
        return {
            service["name"]: Plan(
                run=self.plan["run"],
                # Staging has nobody's requests to lose, or to be judged by.
                strategy="rolling" if staging else self.plan["strategy"],
                target=Version(service["to"], self.images[service["name"]]["digest"]),
                steps=tuple(self.plan["steps"]),
                traffic=not staging,
            )
            for service in self.plan["services"]
        }

    def _unlock(self, cluster: Cluster, plans: dict[str, Plan]) -> None:
        for name, plan in plans.items():
            cluster.lock(name, plan.run).release()

    @property
    def _gate_seconds(self) -> int:
        """How long a share of the requests is judged: not in staging, which has none."""
        return self.plan["gate_seconds"] if self.environment == _PRODUCTION else 0

    def _longest(self) -> float:
        """How long one wait may take at most, in seconds."""
        from fieldday.releases.rollout import Judge
        from fieldday.releases.state import Version
        from fieldday.releases.watch import Watch

        nothing = Judge("stable", Version(""), traffic=False)
        return Watch("", self.environment, nothing, None, 0.0, self._gate_seconds).longest

    @contextlib.contextmanager
    def _locked(self, cluster: Cluster, plans: dict[str, Plan], longest: float) -> Iterator[None]:
        """Hold the lock of each service, in one order for all runs so that none waits crosswise."""
        from fieldday.locks.lease import LockedError

        taken = []
        try:
            for name in sorted(plans):
                lock = cluster.lock(name, plans[name].run)
                lock.acquire(longest + _LOCK_MARGIN_SECONDS)
                taken.append(lock)
        except LockedError:
            for lock in taken:
                lock.release()
            raise
        # Kept when the work, or taking the locks, is cut off: the next try has the same holder.
        yield

    def _check(self, edge: Edge, plan: Plan, name: str, judge: Judge) -> str:
        """Ask a blue-green candidate on its preview host, before any user meets it."""
        from fieldday.end_to_end.probe import NoAnswerError, probe

        if judge.track != "candidate" or plan.strategy != "blue-green":
            return ""
        host = edge.host(name, self.environment, preview=True)
        try:
            return probe(edge, host, tag=judge.version.tag, track="candidate")
        except NoAnswerError as e:
            # It may as well be the candidate that hangs, and no user waits for it yet.
            return str(e)

    def _wait(self, waiting: Waiting, log: list[Any]) -> NoReturn:
        from fieldday.airflow.release.gate_trigger import GateTrigger, watch_to_json
        from fieldday.releases.watch import Watch

        self.log.info("%s: waiting for a verdict on %s", waiting.service, waiting.judge)
        watch = Watch(
            service=waiting.service,
            environment=self.environment,
            judge=waiting.judge,
            stable_tag=waiting.stable_tag,
            started=time.time(),
            gate_seconds=self._gate_seconds,
            # A worker may take one interval of heartbeats, and the scheduler a moment, to notice
            # that the task has gone to wait. A verdict before that is taken for a crash.
            earliest=conf.getint("workers", "min_heartbeat_interval") + 2,
        )
        self.defer(
            trigger=GateTrigger(watch_to_json(watch)),
            method_name="resume",
            kwargs={"service": waiting.service, "log": log},
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
    """Releases the set of services of a plan into an environment, judged at every step.

    `plan`, `images` and, for production, `approval` are what the tasks of these names return.
    Fails, with the reason in words, after all is back as it was.
    """

    template_fields = ("plan", "images", "approval")

    def __init__(self, *, approval: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.approval = approval

    def execute(self, context: Context) -> Any:
        """Start, or start again: in production what a person approved, and nothing else."""
        from fieldday.releases import approval

        with reasons.kept(context["ti"]):
            if self.environment == _PRODUCTION:
                approval.check_given(self.approval, self.images)
        return super().execute(context)

    def begin(self, cluster: Cluster, plans: dict[str, Plan]) -> list[Any]:
        """What a try that was killed has done: it is in the cluster."""
        from fieldday.releases import approval

        if self.environment == _PRODUCTION:
            for service in self.plan["services"]:
                state = cluster.read(service["name"], self.plan["run"])
                approval.check_current(service, state)
        return [event.to_dict() for event in cluster.past(plans)]

    def advance(
        self, driver: Driver, service: str | None, verdict: Verdict | None
    ) -> Waiting | Finished:
        """Forward, or back where a verdict was bad."""
        return driver.advance(service, verdict)

    def finish(self, end: Finished, log: list[Any]) -> Any:
        """Return the report, or fail."""
        if end.failed is None:
            return self._report(end, log)
        msg = f"{end.failed}: was not released to {self.environment}: {end.reason}."
        raise AirflowFailException(msg)


class RestoreStableOperator(_ReleaseSetOperator):
    """The safety net: takes back whatever the run left, and skips where it left nothing."""

    def execute(self, context: Context) -> Any:
        """Skip where there is nothing to restore, without a lock: another run may be at work."""
        if not self.plan or not self.images:
            msg = "Nothing to restore: the release had not begun."
            raise AirflowSkipException(msg)
        with connections.cluster(Settings.from_env(), self.environment) as cluster:
            left = {self._left(cluster, name) for name in self._plans()}
        if left <= {_Left.NOTHING}:
            msg = "Nothing to restore: the run has left nothing in production."
            raise AirflowSkipException(msg)
        if _Left.UNFINISHED not in left and not self._has_rolled_out(context):
            # The run was cleared after it had released, and ended before it came to production.
            msg = "Nothing to restore: this attempt has not touched production."
            raise AirflowSkipException(msg)
        return super().execute(context)

    def _has_rolled_out(self, context: Context) -> bool:
        """Whether the task before this one has run in this attempt."""
        return reports.states_of(context).get(_ROLLOUT) in ("success", "failed")

    def _left(self, cluster: Cluster, name: str) -> _Left:
        from fieldday.releases.state import Phase

        state = cluster.helm.read(name, self.plan["run"])
        # What is broken may be this run's first change, which has left no record.
        if state.broken:
            return _Left.UNFINISHED
        # What another run, or a person, has done since is not this run's to take back.
        record = state.record
        if record is None or record.run != self.plan["run"] or record.phase is Phase.RESTORED:
            return _Left.NOTHING
        return _Left.RELEASED if record.phase is Phase.RELEASED else _Left.UNFINISHED

    def advance(
        self, driver: Driver, service: str | None, verdict: Verdict | None
    ) -> Waiting | Finished:
        """Back."""
        return driver.go_back("the release failed after this", service, verdict)

    def finish(self, end: Finished, log: list[Any]) -> Any:
        """Return the report, or fail where a service does not serve as before."""
        if end.unrestored:
            raise AirflowFailException(". ".join(end.unrestored))
        return self._report(end, log)
