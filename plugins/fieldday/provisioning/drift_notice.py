"""Drift in words: as Markdown for the log, as text for those who are notified."""

from __future__ import annotations

from collections.abc import Callable

from fieldday.markdown import cell, code, table
from fieldday.notifications import SNS, publish
from fieldday.provisioning.drift import DriftReport


def markdown(report: DriftReport) -> str:
    """The report as tables."""
    parts = [f"**{report.environment}**: {report.outcome}: {cell(report.reason)}"]
    if report.drifted:
        rows = [
            [code(d.address), code(d.what), code(d.author.name), cell(d.author.detail)]
            for d in report.drifted
        ]
        parts.append(table(["resource", "drift", "by", ""], rows))
    if report.pending:
        named = ", ".join(map(code, report.pending))
        parts.append(f"Not applied yet, though nobody has touched it: {named}")
    return "\n\n".join(parts)


def text(report: DriftReport) -> str:
    """The report for a message."""
    lines = [f"{report.environment}: {report.reason}", ""]
    lines += [f"{d.address}: {d.what}; by {d.author}" for d in report.drifted]
    lines += ["", "Undo it with `provision` (mode apply), or put it into the configuration."]
    return "\n".join(lines)


def notify(report: DriftReport, topic: str | None, client: Callable[[str], SNS]) -> str:
    """Publish drift to the topic; returns who was notified, or why nobody was.

    `client` returns boto3's client of a service. Raises what `publish` raises.
    """
    if not report.drifted:
        return "nobody: there is no drift"
    if topic is None:
        return "nobody: FIELDDAY_ALERTS_TOPIC is not set"
    subject = f"Drift in {report.environment}: {len(report.drifted)} resources"
    publish(client("sns"), topic, subject, text(report))
    return topic
