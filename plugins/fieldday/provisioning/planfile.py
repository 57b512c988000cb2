"""The plan file: which one it is, what state it was made of, and when it expires.

What was approved is a file with one SHA-256. That file and no other is applied, and only while
the state is the one that it was made of.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import AwareDatetime, FiniteFloat

from fieldday.errors import Permanent
from fieldday.json_data import JsonData
from fieldday.provisioning.state import NO_STATE, State, StateVersion


class PlanError(Permanent):
    """This plan must not be applied."""


class AlteredPlanError(PlanError):
    """The file is not the one that was approved."""


class StalePlanError(PlanError):
    """It was right once: the environment has to be planned again."""


@dataclass(frozen=True)
class PlanFile(JsonData):
    """One plan file."""

    sha256: str
    environment: str
    state: StateVersion
    """Of which it was made."""
    created: AwareDatetime
    minutes: FiniteFloat
    """How long it may wait for an approval and be applied."""
    made: Mapping[str, str] = field(default_factory=dict)
    """Files that the plan made in the root for its apply: their SHA-256 by their path there."""

    @classmethod
    def of(
        cls,
        path: Path,
        environment: str,
        created: datetime,
        minutes: float,
        made: Mapping[str, bytes] | None = None,
    ) -> Self:
        """Read the file that `terraform plan -out` made, and what it made beside it.

        Raises `PlanError`: it is none.
        """
        content = path.read_bytes()
        try:
            with zipfile.ZipFile(path) as archive:
                state = State.of(archive.read("tfstate"), path.name)
        except (zipfile.BadZipFile, KeyError) as e:
            msg = f"{path.name}: is not a plan file. Plan again."
            raise PlanError(msg) from e
        version = state.version if state.version.lineage else NO_STATE
        digests = {name: _sha256(file) for name, file in sorted((made or {}).items())}
        return cls(_sha256(content), environment, version, created, minutes, digests)

    @property
    def key(self) -> str:
        """Its key in the state bucket."""
        return f"plans/{self.environment}/{self.sha256}.tfplan"

    def made_key(self, name: str) -> str:
        """The key of a file that the plan made."""
        return f"plans/{self.environment}/{self.sha256}/{name}"

    @property
    def keys(self) -> list[str]:
        """All its keys in the state bucket."""
        return [self.key, *map(self.made_key, self.made)]

    @property
    def until(self) -> datetime:
        """When it expires."""
        return self.created + timedelta(minutes=self.minutes)

    def check_content(self, content: bytes | None) -> bytes:
        """The file's content, which is the one that was approved.

        Raises `StalePlanError` where it is gone, `AlteredPlanError` where it is another.
        """
        return self._check("the plan file", content, self.sha256)

    def check_made(self, name: str, content: bytes | None) -> bytes:
        """The same for a file that the plan made."""
        return self._check(f"{name} of the plan", content, self.made[name])

    def _check(self, what: str, content: bytes | None, sha256: str) -> bytes:
        if content is None:
            msg = f"{self.environment}: {what} is gone. It has to be planned again."
            raise StalePlanError(msg)
        if (found := _sha256(content)) != sha256:
            msg = (
                f"{self.environment}: {what} was altered: it is {found[:12]}, and {sha256[:12]} "
                "was approved. Nothing was applied. Find out who can write to the state bucket, "
                "then provision again."
            )
            raise AlteredPlanError(msg)
        return content

    def check_age(self, now: datetime) -> None:
        """Raise `StalePlanError` where it is too old."""
        if now > self.until:
            msg = (
                f"{self.environment}: the plan of {self.created:%H:%M:%S} UTC expired after "
                f"{self.minutes:g} min. It has to be planned again."
            )
            raise StalePlanError(msg)

    def check_state(self, now: StateVersion) -> None:
        """Raise `StalePlanError` where the state has moved since."""
        if now != self.state:
            msg = (
                f"{self.environment}: the state has moved since the plan, from {self.state} to "
                f"{now}. It has to be planned again."
            )
            raise StalePlanError(msg)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**super().to_dict(), "key": self.key}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
