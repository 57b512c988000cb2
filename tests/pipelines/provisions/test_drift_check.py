"""`drift_check` in the sandbox's own Airflow: what was changed by hand, and what is no drift."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.demo.airflow import ENDED, Airflow, until
from sandbox.parts import moto
from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.pipelines.provisions.provisioning import DATABASE, Provisions
from tests.pipelines.runs import report_of

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module")
def drift(sandbox: Context) -> Iterator[Airflow]:
    with Airflow(sandbox, "operator", "drift_check") as found:
        found.await_dag()
        yield found


@pytest.fixture
def messages(provisions: Provisions) -> Iterator[Any]:
    """What people are told on the topic meanwhile."""
    sqs, sns = provisions.aws("sqs"), provisions.aws("sns")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=moto.ALERTS_TOPIC, Protocol="sqs", Endpoint=arn)

    def read() -> list[str]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Message"] for message in found]

    yield read
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def follow(drift: Airflow) -> str:
    run = drift.trigger({})
    assert until(lambda: drift.state(run) in ENDED, 300 * PATIENCE), drift.tasks(run)
    return run


def report(sandbox: Context, environment: str, run: str) -> dict[str, Any]:
    return report_of(sandbox.layout.reports / "drift" / environment, run)


def metric(sandbox: Context, name: str, environment: str) -> float | None:
    """The last value of a metric."""
    url = f"{sandbox.ports.url('victoria-metrics')}/api/v1/query"
    query = f'last_over_time({name}{{environment="{environment}"}}[1h])'
    answer = httpx.post(url, data={"query": query, "latency_offset": "1ms"}, timeout=60)
    found = answer.json()["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def comes_to(sandbox: Context, name: str, environment: str, value: float) -> bool:
    """Wait until a metric has this value: what was just pushed is not found at once."""
    return until(lambda: metric(sandbox, name, environment) == value, 30 * PATIENCE)


def test_a_change_by_hand_is_reported_with_its_attribute(
    provisions: Provisions, drift: Airflow, sandbox: Context, messages: Any
) -> None:
    provisions.ensure("development")
    rds = provisions.aws("rds")
    name = "fieldday-development"
    with contextlib.ExitStack() as stack:
        rds.modify_db_instance(DBInstanceIdentifier=name, BackupRetentionPeriod=9)
        stack.callback(rds.modify_db_instance, DBInstanceIdentifier=name, BackupRetentionPeriod=1)
        run = follow(drift)
        assert drift.state(run) == "success"
        found = report(sandbox, "development", run)
        assert found["outcome"] == "drift"
        (drifted,) = found["drifted"]
        assert drifted["address"] == DATABASE
        assert drifted["differences"] == [
            {"attribute": "backup_retention_period", "before": "1", "after": "9"}
        ]
        # moto does not know who it was, and that is said.
        assert drifted["author"]["name"] == "unknown"
        assert comes_to(sandbox, "fieldday_drift_resources", "development", 1)
        assert comes_to(sandbox, "fieldday_drift_pending_changes", "development", 0)
        (message,) = messages()
        assert f"{DATABASE}: backup_retention_period: 1 -> 9; by unknown" in message

    run = follow(drift)
    assert report(sandbox, "development", run)["outcome"] == "in sync"
    assert comes_to(sandbox, "fieldday_drift_resources", "development", 0)
    assert messages() == []


def test_an_environment_at_work_is_not_checked(
    provisions: Provisions, drift: Airflow, sandbox: Context
) -> None:
    provisions.ensure("development")
    run = provisions.start("development", mode="destroy", modules=["alerts"])
    provisions.card(run)
    checked = follow(drift)
    with pytest.raises(AssertionError, match="left no report"):
        report(sandbox, "development", checked)
    provisions.answer(run, "Reject")
    provisions.follow(run)
