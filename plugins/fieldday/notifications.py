"""Messages to people who have subscribed to an SNS topic."""

from __future__ import annotations

from typing import Protocol

from fieldday.aws import REFUSED, error_code
from fieldday.errors import Permanent, Retryable, quoted

# SNS takes no longer subject, and none with a line break.
_SUBJECT = 100
# Bytes that SNS takes, less a line that says what is missing.
_MESSAGE = 262_144 - 100


class SNS(Protocol):
    """What is needed of an SNS client; boto3's is one."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> object:  # noqa: N803
        """Send a message to all subscribers."""


def publish(sns: SNS, topic: str, subject: str, message: str) -> None:
    """Send a message to the subscribers of `topic`, an ARN.

    What is too long is cut, and the message says so. Raises `Permanent` where the topic is not
    there or refuses, `Retryable` for whatever else goes wrong.
    """
    try:
        sns.publish(
            TopicArn=topic,
            Subject=" ".join(subject.split())[:_SUBJECT],
            Message=_cut(message),
        )
    except Exception as e:
        msg = f"{topic}: nobody could be notified ({type(e).__name__}: {quoted(str(e), 200)})."
        msg += " Fix FIELDDAY_ALERTS_TOPIC or the permissions of aws_default."
        kind = Permanent if error_code(e) in _WRONG else Retryable
        raise kind(msg) from e


_WRONG = (*REFUSED, "AuthorizationError", "InvalidParameter", "NotFound", "NotFoundException")


def _cut(message: str) -> str:
    content = message.encode()
    if len(content) <= _MESSAGE:
        return message
    kept = content[:_MESSAGE].decode(errors="ignore")
    return f"{kept}\n... ({len(content)} bytes in all; the record has the rest)"
