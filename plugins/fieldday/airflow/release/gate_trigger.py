"""The trigger that waits for a verdict on a step of a rollout."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from fieldday.airflow import connections
from fieldday.errors import Retryable
from fieldday.kubernetes.client import workload as read_workload
from fieldday.kubernetes.errors import ForbiddenError
from fieldday.releases.metrics import Figures, Subject, measure
from fieldday.releases.rollout import Judge, Verdict
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch, watch
from fieldday.settings import Settings


class GateTrigger(BaseTrigger):
    """Looks at pods and metrics until there is a verdict, and gives that as its event.

    `task` is a `Watch` as JSON has it (`to_json`), so the trigger can be started again elsewhere
    and still counts from the moment of the change that it judges.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.task_to_watch = task

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its argument."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"task": self.task_to_watch}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event: the verdict."""
        # Imported here, where it runs: the task that hands it over need not wait for them.
        import httpx

        task = watch_of(self.task_to_watch)
        limits = Settings.from_env().releases.limits
        prometheus = await connections.prometheus()
        async with httpx.AsyncClient() as client, connections.async_kubernetes() as kubernetes:

            async def workload() -> list[dict[str, Any]]:
                try:
                    return await read_workload(kubernetes, task.environment, task.service)
                except ForbiddenError as e:
                    # Permissions may be under change: like an outage, it has a minute to end.
                    raise Retryable(str(e)) from e

            async def figures(subject: Subject, seconds: float) -> Figures:
                limit = limits.p95_seconds
                return await measure(prometheus, client, subject, seconds=seconds, limit=limit)

            verdict = await watch(task, workload, figures, limits=limits)
        yield TriggerEvent(verdict_to_json(verdict))  # type: ignore[no-untyped-call]


def watch_to_json(task: Watch) -> dict[str, Any]:
    """A `Watch` for the database."""
    return asdict(task)


def watch_of(task: dict[str, Any]) -> Watch:
    """Read back what `watch_to_json` gave."""
    return Watch(**{**task, "judge": judge_of(task["judge"])})


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """A `Verdict` for the database."""
    return asdict(verdict)


def verdict_of(event: dict[str, Any]) -> Verdict:
    """Read back what `verdict_to_json` gave."""
    return Verdict(**{**event, "judged": judge_of(event["judged"])})


def judge_of(judge: dict[str, Any]) -> Judge:
    """Read back a `Judge` within one of the others."""
    return Judge(**{**judge, "version": Version(**judge["version"])})
