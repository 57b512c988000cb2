"""A plan of `provision` with the results that follow it, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fieldday.provisioning.cost import CostEffect
from fieldday.provisioning.plan import PlannedChange
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.state import StateVersion

SHA = "ab" * 32


def change(address: str = "aws_sns_topic.x", **given: Any) -> PlannedChange:
    kind = address.split("[")[0].split(".")[-2]
    found = PlannedChange(address, kind, "change", (), (), loses_data=False)
    return replace(found, **given)


def plan(**given: Any) -> ProvisionPlan:
    file = PlanFile(SHA, "staging", StateVersion(4, "x"), datetime.now(UTC), 60)
    found = ProvisionPlan(
        run="run-1",
        environment="staging",
        mode="apply",
        modules=(),
        reason="A larger database",
        requested_by="operator",
        changes=(change(),),
        outputs=(),
        cost=CostEffect(0.0, "USD", (), (), "price pages, as of 2026-11-01"),
        recovery=(),
        file=file,
    )
    return replace(found, **given)
