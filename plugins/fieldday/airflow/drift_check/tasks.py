"""The task of `drift_check`: one environment looked at, told, and recorded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from fieldday.settings import Settings

if TYPE_CHECKING:
    from fieldday.provisioning.drift import DriftReport

_log = logging.getLogger(__name__)


@task
def environments() -> list[str]:
    """The environments that the root has."""
    from fieldday.provisioning.root_module import Root

    root = Root(Settings.from_env().terraform.root)
    root.check()
    return list(root.environments)


@task
def look_for_drift(environment: str) -> dict[str, Any]:
    """Look for drift; push the metrics, tell people, keep the report.

    That a check failed is a metric of its own, and fails the task: it says nothing about drift.
    """
    from dataclasses import replace

    from fieldday.airflow import aws as provision_aws
    from fieldday.errors import FieldDayError
    from fieldday.provisioning.drift import DriftReport, now
    from fieldday.provisioning.drift_check import check_drift
    from fieldday.provisioning.drift_notice import markdown, notify

    settings = Settings.from_env()
    run, started = get_current_context()["dag_run"].run_id, now()
    try:
        place = provision_aws.environment(settings, environment, f"drift-{run}")
        report = check_drift(place, run, provision_aws.trail())
    except FieldDayError as e:
        _push(DriftReport.of(run, environment, "error", str(e), started))
        raise
    _log.info("%s", markdown(report))
    if report.outcome == "not checked":
        raise AirflowSkipException(f"{environment}: not checked: {report.reason}.")
    _push(report)
    report = replace(report, notified=_told(report, settings, notify))
    return {
        "environment": environment,
        "outcome": report.outcome,
        "reason": report.reason,
        "drifted": [{"address": d.address, "what": d.what} for d in report.drifted],
        "pending": list(report.pending),
        "notified": report.notified,
        "report": _store(report, settings),
    }


def _push(report: DriftReport) -> None:
    from fieldday.airflow.connections import push_url
    from fieldday.provisioning.drift_gauges import push

    push(report, push_url())


def _told(report: DriftReport, settings: Settings, notify: Any) -> str:
    from fieldday.airflow import aws as provision_aws

    if not report.drifted:
        return "nobody: there is no drift"
    if settings.alerts_topic is None:
        return "nobody: FIELDDAY_ALERTS_TOPIC is not set"
    told: str = notify(report, provision_aws.client("sns"), settings.alerts_topic)
    return told


def _store(report: DriftReport, settings: Settings) -> str:
    from fieldday.airflow import aws as provision_aws
    from fieldday.records.store import store

    return store(
        report, provision_aws.client("s3"), settings.records.bucket, settings.records.folder
    )
