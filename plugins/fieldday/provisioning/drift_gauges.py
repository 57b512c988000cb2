"""What a check of drift found, as metrics for an alert."""

from __future__ import annotations

from datetime import datetime

from fieldday.metrics.push import Gauge, PushGateway
from fieldday.provisioning.drift import DriftReport


def gauges(report: DriftReport) -> list[Gauge]:
    """The figures of a report. One that is not known is left out, rather than 0."""
    checked = report.outcome in ("in sync", "drift")
    found = [
        Gauge(
            "fieldday_drift_check_success",
            "Whether the last check of drift completed.",
            float(checked),
        )
    ]
    if checked:
        found += [
            Gauge(
                "fieldday_drift_resources",
                "Resources that are not as Terraform left them.",
                len(report.drifted),
            ),
            Gauge(
                "fieldday_drift_pending_changes",
                "Changes of the configuration that were not applied.",
                len(report.pending),
            ),
            Gauge(
                "fieldday_drift_checked_timestamp_seconds",
                "When drift was last checked for with success.",
                datetime.fromisoformat(report.started).timestamp(),
            ),
        ]
    return found


def push(report: DriftReport, gateway: PushGateway) -> None:
    """Send the figures, by environment. Raises `Retryable`: they can't be sent."""
    gateway.push("drift_check", {"environment": report.environment}, gauges(report))
