"""Drift, told to people: as Markdown for the record, as text for a topic."""

from __future__ import annotations

from typing import Protocol

from fieldday.errors import Retryable
from fieldday.markdown import cell, code, table
from fieldday.provisioning.drift import DriftReport

# SNS takes no longer subject.
_SUBJECT = 100


class SNS(Protocol):
    """What is needed of an SNS client; boto3's is one."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> object:  # noqa: N803
        """Tell whoever has subscribed."""


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


def notify(report: DriftReport, sns: SNS, topic: str) -> str:
    """Publish the report; returns who was told. Raises `Retryable`: it can't be published."""
    subject = f"Drift in {report.environment}: {len(report.drifted)} resources"[:_SUBJECT]
    try:
        sns.publish(TopicArn=topic, Subject=subject, Message=text(report))
    except Exception as e:
        msg = f"{topic}: nobody could be told of drift ({type(e).__name__}: {str(e)[:200]})."
        raise Retryable(f"{msg} Mend FIELDDAY_ALERTS_TOPIC or the rights of aws_default.") from e
    return topic
