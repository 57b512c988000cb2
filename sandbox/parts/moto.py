"""moto: the AWS API of the sandbox, with the buckets for reports and for Terraform's state."""

from __future__ import annotations

import httpx

from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from sandbox.parts.part import Part

NAME = "moto"
REPORTS_BUCKET = "fieldday-reports"
STATE_BUCKET = "fieldday-terraform-state"
# moto checks no key; these only have to exist.
ACCESS_KEY_ID = "sandbox"
SECRET_ACCESS_KEY = "sandbox"  # noqa: S105
REGION = "us-east-1"
_ACCOUNT = "123456789012"
_TOPIC = "fieldday-operations"
ALERTS_TOPIC = f"arn:aws:sns:{REGION}:{_ACCOUNT}:{_TOPIC}"


def part(context: Context) -> Part:
    """moto on its port of 127.0.0.1. It comes back with its buckets and the kept reports."""
    return Part(
        name=NAME,
        command=(
            *(str(context.python), "-m", "sandbox.aws"),
            *("--port", str(context.ports[NAME])),
            *("--bucket", REPORTS_BUCKET),
            *("--state-bucket", STATE_BUCKET),
            *("--topic", _TOPIC),
            *("--reports", str(context.layout.reports)),
        ),
        address=context.ports.url(NAME),
        ready=lambda: _is_ready(context),
        environment={
            "AWS_DEFAULT_REGION": REGION,
            "MOTO_PORT": str(context.ports[NAME]),
            "PYTHONPATH": str(CHECKOUT),
        },
        directory=CHECKOUT,
        usual_seconds=2,
    )


def _is_ready(context: Context) -> bool:
    bucket = f"{context.ports.url(NAME)}/{REPORTS_BUCKET}"
    try:
        return httpx.head(bucket, timeout=1.5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
