"""A state bucket as S3 has it, and plans as Terraform shows them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from fieldday.provisioning.store import Store

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from moto import mock_aws

BUCKET = "fieldday-terraform-state"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3's client, on a model of AWS in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def store(s3: Any) -> Store:
    """The part of the state bucket that is staging's."""
    return Store(s3, BUCKET, "staging")


def entry(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    """One of a plan's `resource_changes`."""
    more = {key: change.pop(key) for key in ("importing", "replace_paths") if key in change}
    return {
        "address": address,
        "mode": "data" if address.startswith("data.") else "managed",
        "type": address.split("[")[0].split(".")[-2],
        "change": {"actions": actions, "before": None, "after": None, **change, **more},
    }


def shown(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `terraform show -json` says of a plan."""
    return {"format_version": "1.2", "resource_changes": list(entries), **more}
