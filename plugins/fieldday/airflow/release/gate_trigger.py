"""The trigger that waits for an analysis result on a step of a rollout."""

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
from fieldday.releases.rollout import Analysis, AnalysisResult
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch, watch
from fieldday.settings import Settings


class GateTrigger(BaseTrigger):
    """Looks at pods and metrics until there is an analysis result, and yields that as its event.

    `task` is a `Watch` as JSON has it (`to_json`), so the trigger can be started again elsewhere
    and still counts from the moment of the change that it analyzes.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.task_to_watch = task

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its argument."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"task": self.task_to_watch}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event: the analysis result."""
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

            result = await watch(task, workload, figures, limits=limits)
        yield TriggerEvent(result_to_json(result))  # type: ignore[no-untyped-call]


def watch_to_json(task: Watch) -> dict[str, Any]:
    """A `Watch` for the database."""
    return asdict(task)


def watch_of(task: dict[str, Any]) -> Watch:
    """Read back what `watch_to_json` returned."""
    return Watch(**{**task, "analysis": analysis_of(task["analysis"])})


def result_to_json(result: AnalysisResult) -> dict[str, Any]:
    """An `AnalysisResult` for the database."""
    return asdict(result)


def result_of(event: dict[str, Any]) -> AnalysisResult:
    """Read back what `result_to_json` returned."""
    return AnalysisResult(**{**event, "analysis": analysis_of(event["analysis"])})


def analysis_of(analysis: dict[str, Any]) -> Analysis:
    """Read back an `Analysis` within one of the others."""
    return Analysis(**{**analysis, "version": Version(**analysis["version"])})
