"""The trigger that waits for a verdict on a step of a rollout."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from fieldday.airflow import connections
from fieldday.airflow.connections import KUBERNETES
from fieldday.errors import Retryable, quoted
from fieldday.releases.gate import Limits
from fieldday.releases.metrics import Figures, Subject, measure
from fieldday.releases.rollout import Judge, Verdict
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch, watch

_SECONDS = 5


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
        from airflow.providers.cncf.kubernetes.hooks.kubernetes import AsyncKubernetesHook

        task = watch_of(self.task_to_watch)
        limits = Limits()
        prometheus = await connections.prometheus()
        hook = AsyncKubernetesHook(conn_id=KUBERNETES)
        async with httpx.AsyncClient() as client, hook.get_conn() as kubernetes:

            async def workload() -> list[dict[str, Any]]:
                return await _workload(kubernetes, task)

            async def figures(subject: Subject, seconds: float) -> Figures:
                limit = limits.p95_seconds
                return await measure(prometheus, client, subject, seconds=seconds, limit=limit)

            verdict = await watch(task, workload, figures, limits=limits)
        yield TriggerEvent(verdict_to_json(verdict))  # type: ignore[no-untyped-call]


async def _workload(kubernetes: Any, task: Watch) -> list[dict[str, Any]]:
    """The Deployments and pods of the service, as plain JSON."""
    from aiohttp import ClientError
    from kubernetes_asyncio.client import AppsV1Api, CoreV1Api
    from kubernetes_asyncio.client.exceptions import ApiException

    selector = f"app.kubernetes.io/instance=fieldday-{task.service}"
    found: list[dict[str, Any]] = []
    for kind, ask in (
        ("Deployment", AppsV1Api(kubernetes).list_namespaced_deployment),
        ("Pod", CoreV1Api(kubernetes).list_namespaced_pod),
    ):
        try:
            answer: Any = await ask(
                task.environment,
                label_selector=selector,
                _preload_content=False,
                _request_timeout=_SECONDS,
            )
            # An error's status is not raised, since the content is not preloaded.
            items = _items(answer.status, await answer.read())
        # A connection that the server closes is neither of its client's errors nor an OSError.
        except (ApiException, ClientError, OSError, TimeoutError, ValueError) as e:
            said = f"{type(e).__name__}: {e}".replace("\n", " ")[:200]
            msg = f"cluster: can't be asked ({said}). Is it up?"
            raise Retryable(msg, delay=2) from e
        # Items of a list don't say their kind.
        found += [{**item, "kind": kind} for item in items]
    return found


def _items(status: int, body: bytes) -> list[dict[str, Any]]:
    """The objects of a list. Raises `ValueError` for any other answer."""
    content = json.loads(body) if status == 200 else None
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(items, list):
        text = body.decode(errors="replace")
        msg = f"it answers {status} {quoted(text, 150)}"
        raise ValueError(msg)
    return items


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
