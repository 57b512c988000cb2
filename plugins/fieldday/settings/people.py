"""Settings of what people decide, read and are notified of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fieldday.settings.environment import flag, text, texts


@dataclass(frozen=True)
class ApprovalSettings:
    """Who may approve."""

    approvers: tuple[str, ...] = ()
    """FIELDDAY_APPROVERS: the user names that may approve, separated by ','. Default: whoever
    may answer in Airflow."""
    separate_approver: bool = False
    """FIELDDAY_SEPARATE_APPROVER: whether an approver has to be another person than the
    requester: `true` or `false`. A run that nobody requested by name can't be approved then.
    Default: false."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment. Raises `Invalid` with the variable's name."""
        separate = flag(env, "FIELDDAY_SEPARATE_APPROVER")
        return cls(texts(env, "FIELDDAY_APPROVERS"), separate)


@dataclass(frozen=True)
class RecordSettings:
    """Where records go."""

    bucket: str = "fieldday-reports"
    """FIELDDAY_REPORTS_BUCKET: the bucket. Default: fieldday-reports."""
    folder: Path | None = None
    """FIELDDAY_REPORTS_DIR: a folder for a second copy of each. Default: none."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the environment."""
        folder = text(env, "FIELDDAY_REPORTS_DIR")
        bucket = text(env, "FIELDDAY_REPORTS_BUCKET") or cls.bucket
        return cls(bucket, Path(folder) if folder else None)
