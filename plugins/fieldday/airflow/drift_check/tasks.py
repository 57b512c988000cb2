"""The tasks of `drift_check`: the environments, and one of them checked, notified and recorded."""

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
def check_for_drift(environment: str) -> dict[str, Any]:
    """Check for drift; push the metrics, notify people, keep the report."""
    from fieldday.airflow import aws
    from fieldday.airflow.connections import push_gateway
    from fieldday.airflow.records import store_record
    from fieldday.provisioning import drift_check, drift_gauges, drift_notice

    settings = Settings.from_env()
    run = get_current_context()["dag_run"].run_id

    def check() -> DriftReport:
        place = aws.environment(settings, environment, f"drift-{run}")
        return drift_check.check_drift(place, run, aws.trail())

    def push(report: DriftReport) -> None:
        drift_gauges.push(report, push_gateway())

    def notify(report: DriftReport) -> str:
        return drift_notice.notify(report, settings.alerts_topic, aws.client)

    channels = drift_check.Channels(push, notify, store_record)
    report, address = drift_check.check_and_report(run, environment, check, channels)
    _log.info("%s", drift_notice.markdown(report))
    if address is None:
        raise AirflowSkipException(f"{environment}: not checked: {report.reason}.")
    return report.summary(address)
