"""Drift: what is no longer as Terraform left it. And apart from it, what was never applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self

from fieldday.provisioning.attribute_diff import Difference
from fieldday.provisioning.cloudtrail import Author
from fieldday.provisioning.plan import TerraformPlan, drift_of
from fieldday.records.base import Record, file_name

Outcome = Literal["in sync", "drift", "not checked", "error"]

_NAMES = ("id", "arn", "name", "identifier", "bucket", "key_id")
"""Attributes under which CloudTrail may know a resource."""


@dataclass(frozen=True)
class Drifted:
    """One resource that somebody changed or removed."""

    address: str
    type: str
    how: Literal["changed", "removed"]
    differences: tuple[Difference, ...]
    author: Author

    @property
    def what(self) -> str:
        """In short, for a table."""
        if self.how == "removed":
            return "is gone"
        return "; ".join(map(str, self.differences))


@dataclass(frozen=True)
class DriftReport(Record):
    """What a check of one environment found. `reason` also says why it was not checked."""

    pipeline: ClassVar[str] = "drift"

    outcome: Outcome
    drifted: tuple[Drifted, ...] = ()
    pending: tuple[str, ...] = ()
    """Addresses that an apply would change, though nobody has touched them: the configuration was
    changed and not applied."""
    notified: str = ""
    """Who was notified, or why nobody was."""
    schema_version: int = 2

    @classmethod
    def of(
        cls,
        run: str,
        environment: str,
        outcome: Outcome,
        reason: str,
        started: str,
        *,
        drifted: tuple[Drifted, ...] = (),
        pending: tuple[str, ...] = (),
    ) -> Self:
        """The report of a check that ends now. The schedule asks for it, and no person."""
        return cls(
            run=run,
            outcome=outcome,
            reason=reason,
            started=started,
            ended=now(),
            requested_by=None,
            request={"environment": environment},
            drifted=drifted,
            pending=pending,
        )

    @property
    def environment(self) -> str:
        """Which one was checked."""
        return str(self.request["environment"])

    @property
    def subjects(self) -> tuple[str, ...]:
        """The environment."""
        return (self.environment,)

    @property
    def key(self) -> str:
        """The object's key in the reports bucket."""
        return f"{self.pipeline}/{self.environment}/{file_name(self.run)}.json"

    def summary(self, address: str) -> dict[str, Any]:
        """The report in short, for the task's own result; `address` is where all of it is."""
        return {
            "environment": self.environment,
            "outcome": self.outcome,
            "reason": self.reason,
            "drifted": [{"address": d.address, "what": d.what} for d in self.drifted],
            "pending": list(self.pending),
            "notified": self.notified,
            "report": address,
        }


def now() -> str:
    """The time, as reports have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_drift(
    refreshed: Mapping[str, Any],
    schemas: Mapping[str, Mapping[str, Any]],
    author: Callable[[Collection[str]], Author],
) -> tuple[Drifted, ...]:
    """The drift that a plan with `-refresh-only` found, as `terraform show -json` has it.

    What the provider reads and nobody can set, such as the time of the last backup, is no drift:
    `schemas` has each type's attributes. `author` says who changed what goes by these names.
    """
    found = []
    for entry, differences in drift_of(dict(refreshed)):
        attributes = schemas.get(entry["type"], {})
        found_here = tuple(d for d in differences if not _is_only_read(attributes, d.attribute))
        removed = entry["change"]["actions"] == ["delete"]
        if found_here or removed:
            found.append(
                Drifted(
                    address=entry["address"],
                    type=entry["type"],
                    how="removed" if removed else "changed",
                    differences=() if removed else found_here,
                    author=author(_names(entry["change"]["before"] or {})),
                )
            )
    return tuple(sorted(found, key=lambda drifted: drifted.address))


def pending(plan: TerraformPlan, drifted: Collection[Drifted]) -> tuple[str, ...]:
    """What an apply would change that is not drift."""
    touched = {d.address for d in drifted}
    return tuple(change.address for change in plan.changes if change.address not in touched)


def words(drifted: Collection[Drifted], not_applied: Collection[str]) -> str:
    """What was found, in one line."""
    parts = []
    if drifted:
        parts.append(f"{len(drifted)} resources are not as Terraform left them")
    else:
        parts.append("all is as Terraform left it")
    if not_applied:
        parts.append(f"{len(not_applied)} changes of the configuration were not applied")
    return "; ".join(parts)


def _is_only_read(attributes: Mapping[str, Any], path: str) -> bool:
    attribute = attributes.get(path.partition(".")[0].partition("[")[0], {})
    return bool(attribute.get("computed")) and not attribute.get("optional")


def _names(values: Mapping[str, Any]) -> list[str]:
    found = [values[name] for name in _NAMES if isinstance(values.get(name), str)]
    return [name for name in dict.fromkeys(found) if name]
