"""The record of one release."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from fieldday.records.base import Part, Record

Outcome = Literal["promoted", "rolled_back", "rejected", "unanswered", "refused", "failed"]
"""promoted: production runs the target. rolled_back: it was changed, and is as before.
rejected, unanswered: nobody approved, production was not touched. refused: the request was
wrong. failed: it ended before production was touched, or `reason` says what is left."""


@dataclass(frozen=True)
class ReleaseRecord(Record):
    """One release."""

    pipeline: ClassVar[str] = "releases"

    outcome: Outcome
    plan: Part = field(default_factory=dict)
    """What was to change: services with the versions from and to."""
    checks: Part = field(default_factory=dict)
    """Lint and unit tests."""
    images: Part = field(default_factory=dict)
    """By service: repository, tag, digest."""
    scan: Part = field(default_factory=dict)
    """By scanner: clean, findings, or not scanned and why."""
    staging: Part = field(default_factory=dict)
    """The deployment to staging and the end-to-end tests there."""
    approval: Part = field(default_factory=dict)
    """Who decided, when, and what."""
    rollout: Part = field(default_factory=dict)
    """Each step in production with its time, analysis result and figures."""
    verification: Part = field(default_factory=dict)
    """What was asked of production afterwards."""
    rollback: Part = field(default_factory=dict)
    """What was rolled back, and why."""
    schema_version: int = 2
    """2: what an approval covers is in `covers`."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The services that were asked for."""
        named = self.request.get("services")
        found = named if isinstance(named, (list, tuple)) else ()
        return tuple(name for name in found if isinstance(name, str) and name)
