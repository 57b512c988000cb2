"""Running the operators that change a cluster, as Airflow does, with given analysis results."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from fieldday.airflow.release.gate_trigger import GateTrigger, result_to_json, watch_of
from fieldday.airflow.release.rollout import RestoreStableOperator, RolloutOperator
from fieldday.approvals import Approval
from fieldday.releases.plan import ReleasePlan
from fieldday.releases.rollout import AnalysisResult
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch
from tests.unit.fieldday.airflow.conftest import KEY

OLD, NEW = Version("1.0.0", "sha256:1.0.0"), Version("1.1.0", "sha256:b")
IMAGES = {name: {"digest": NEW.digest} for name in ("auth", "api")}
AT = datetime.now(UTC).isoformat()
Operator = RolloutOperator | RestoreStableOperator


def approval(plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the task `approve` returns after a person approved."""
    covers = ReleasePlan.from_dict(plan).covers(IMAGES)
    given = Approval("release", "run-1", "approve", "ann", AT, covers)
    return replace(given, **changes).signed(KEY)


def plan(*names: str, **changes: Any) -> dict[str, Any]:
    services = [
        {
            "name": name,
            "from": "1.0.0",
            "to": "1.1.0",
            "change": "update",
            "digest": None,
            "built_from": "src-1",
        }
        for name in names
    ]
    return {
        "run": "run-1",
        "requested_by": "operator",
        "version": "1.1.0",
        "source": "/source",
        "source_version": "src-1",
        "approval_minutes": 60,
        "reason": "Faster search",
        "strategy": "canary",
        "steps": [10, 100],
        "gate_seconds": 100,
        "services": services,
        **changes,
    }


def rollout(*names: str, environment: str = "production", **changes: Any) -> RolloutOperator:
    planned = plan(*names, **changes)
    return RolloutOperator(
        task_id="rollout",
        plan=planned,
        images=IMAGES,
        approval=None if environment == "staging" else approval(planned),
        environment=environment,
    )


def restore(*names: str) -> RestoreStableOperator:
    return RestoreStableOperator(task_id="restore_stable", plan=plan(*names), images=IMAGES)


def deferral(operator: Operator, context: Any) -> TaskDeferred:
    """How the task waits for the first time."""
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return caught.value


def watched(deferred: TaskDeferred) -> Watch:
    """What its trigger is told to watch."""
    assert isinstance(deferred.trigger, GateTrigger)
    return watch_of(deferred.trigger.serialize()[1]["task"])


def resume(operator: Operator, context: Any, deferred: TaskDeferred, *, good: bool) -> Any:
    """Go on with an analysis result, after all went through the database."""
    kwargs = json.loads(json.dumps(deferred.kwargs))
    event = json.loads(
        json.dumps(result_to_json(AnalysisResult(good, watched(deferred).analysis, "why")))
    )
    return getattr(operator, deferred.method_name)(context, event=event, **kwargs)


def to_end(operator: Operator, context: Any, *bad: tuple[str, int]) -> Any:
    """Give good analysis results but for those services and weights."""
    waits = deferral(operator, context)
    for _ in range(20):
        watch = watched(waits)
        good = (watch.service, watch.analysis.weight) not in bad
        try:
            return resume(operator, context, waits, good=good)
        except TaskDeferred as e:
            waits = e
    raise AssertionError("it does not end")


def texts(report: Any) -> list[str]:
    """What a report says was done, service by service."""
    return [f"{step['service']} {step['text'].split(' [')[0]}" for step in report["steps"]]
