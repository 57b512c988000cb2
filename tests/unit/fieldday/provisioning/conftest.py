"""A state bucket as S3 has it, and plans as Terraform shows them."""

from __future__ import annotations

from typing import Any

import pytest

from fieldday.provisioning.store import Store
from tests.unit.fieldday.provisioning.s3_model import S3Model

BUCKET = "fieldday-terraform-state"


@pytest.fixture
def s3() -> Any:
    """S3's client, with the state bucket."""
    return S3Model(BUCKET)


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
