"""Settings of what changes infrastructure."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fieldday.settings.environment import text


@dataclass(frozen=True)
class TerraformSettings:
    """Settings of `provision` and `drift_check`."""

    root: Path
    """FIELDDAY_TERRAFORM_ROOT: the root module that `provision` applies, below the checkout; its
    `environments/<environment>.tfvars` say what each environment is. Default: terraform."""
    work: Path
    """FIELDDAY_TERRAFORM_WORK: a folder of the worker's own for what Terraform needs while it
    runs, and for a state that could not be stored. Default: fieldday-terraform in the
    system's folder for temporary files."""
    state_bucket: str = "fieldday-terraform-state"
    """FIELDDAY_STATE_BUCKET: where Terraform's states, plans and locks are. Default:
    fieldday-terraform-state."""
    state_kms_key: str | None = None
    """FIELDDAY_STATE_KMS_KEY: the key that encrypts plans there. Default: the bucket's own."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], checkout: Path) -> Self:
        """Read the environment."""
        work = text(env, "FIELDDAY_TERRAFORM_WORK")
        return cls(
            root=checkout / (text(env, "FIELDDAY_TERRAFORM_ROOT") or "terraform"),
            work=Path(work) if work else Path(tempfile.gettempdir(), "fieldday-terraform"),
            state_bucket=text(env, "FIELDDAY_STATE_BUCKET") or cls.state_bucket,
            state_kms_key=text(env, "FIELDDAY_STATE_KMS_KEY"),
        )
