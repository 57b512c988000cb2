"""What differs between one place to run and another, read from the environment once.

Reading is cheap and opens nothing, since DAG files do it each time they are parsed. Secrets are in
connections.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldday.settings.environment import text
from fieldday.settings.people import ApprovalSettings, RecordSettings
from fieldday.settings.releases import GATE_SECONDS, GateLimits, ReleaseSettings
from fieldday.settings.terraform import TerraformSettings

__all__ = [
    "CHECKOUT",
    "GATE_SECONDS",
    "ApprovalSettings",
    "GateLimits",
    "RecordSettings",
    "ReleaseSettings",
    "Settings",
    "TerraformSettings",
]

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Settings:
    """Everything that a pipeline takes from its environment, by concern."""

    checkout: Path
    """FIELDDAY_CHECKOUT: where `helm/`, `services/` and `tests/e2e` are. Default: this checkout."""
    releases: ReleaseSettings
    terraform: TerraformSettings
    approvals: ApprovalSettings
    records: RecordSettings
    alerts_topic: str | None
    """FIELDDAY_ALERTS_TOPIC: the SNS topic that is notified of drift, as ARN. Default: none."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises `Invalid` with the variable's name."""
        env = os.environ if environment is None else environment
        checkout = Path(env.get("FIELDDAY_CHECKOUT") or CHECKOUT)
        return cls(
            checkout=checkout,
            releases=ReleaseSettings.from_env(env),
            terraform=TerraformSettings.from_env(env, checkout),
            approvals=ApprovalSettings.from_env(env),
            records=RecordSettings.from_env(env),
            alerts_topic=text(env, "FIELDDAY_ALERTS_TOPIC"),
        )
