"""What a check of drift found, as metrics for an alert.

Pushed, since nothing runs that could be scraped: to a Pushgateway, or to VictoriaMetrics, which
takes the same requests below `/api/v1/import/prometheus`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx

from fieldday.errors import Retryable
from fieldday.provisioning.drift import DriftReport

_SECONDS = 10.0
_JOB = "drift_check"


@dataclass(frozen=True)
class Gauge:
    """One figure of one environment."""

    name: str
    help: str
    value: float


def gauges(report: DriftReport) -> list[Gauge]:
    """The figures of a report. One that could not be had is left out, rather than 0."""
    checked = report.outcome in ("in sync", "drift")
    found = [
        Gauge(
            "fieldday_drift_check_success",
            "Whether the last check of drift came to its end.",
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


def exposition(report: DriftReport) -> str:
    """The figures in Prometheus's text format; environment and job are in the request's path."""
    lines = []
    for gauge in gauges(report):
        lines += [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
        lines += [f"{gauge.name} {gauge.value:.15g}"]
    return "\n".join(lines) + "\n"


def push(report: DriftReport, url: str) -> None:
    """Send the figures. Raises `Retryable`: they can't be sent."""
    address = f"{url.rstrip('/')}/metrics/job/{_JOB}/environment/{report.environment}"
    try:
        answer = httpx.post(address, content=exposition(report), timeout=_SECONDS)
        answer.raise_for_status()
    except httpx.HTTPError as e:
        said = " ".join(str(e).split())[:200]
        msg = f"{url}: takes no metrics ({type(e).__name__}: {said}). Mend pushgateway_default."
        raise Retryable(msg, delay=10) from e
