"""A stored plan as the tasks of `provision` pass it on: what it would do, without any value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldday.json_data import JsonData
from fieldday.provisioning.cost import CostEffect
from fieldday.provisioning.plan import PlannedChange, counts_of, words_of
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.request import Mode


@dataclass(frozen=True)
class ProvisionPlan(JsonData):
    """One plan of one run."""

    run: str
    environment: str
    mode: Mode
    modules: tuple[str, ...]
    """The modules that it is limited to; none: all of the root."""
    reason: str
    requested_by: str | None
    changes: tuple[PlannedChange, ...]
    outputs: tuple[str, ...]
    """The names of the outputs that would change."""
    cost: CostEffect
    recovery: tuple[str, ...]
    """What earlier runs left undone and what this plan does about it, a line each."""
    file: PlanFile

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.outputs

    @property
    def needs_approval(self) -> bool:
        """Whether something is to be applied."""
        return not self.is_empty and self.mode != "plan"

    @property
    def loses_data(self) -> tuple[str, ...]:
        """The addresses of resources whose data would be gone."""
        return tuple(change.address for change in self.changes if change.loses_data)

    @property
    def words(self) -> str:
        """The plan in one line."""
        return words_of(self.changes, self.outputs)

    @property
    def until(self) -> datetime:
        """When it expires."""
        return self.file.until

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, with what a reader of the record would have to work out."""
        return {
            **super().to_dict(),
            "file": self.file.to_dict(),
            "words": self.words,
            "is_empty": self.is_empty,
            "counts": counts_of(self.changes),
            "loses_data": list(self.loses_data),
            "cost_text": str(self.cost),
            "until": self.until.isoformat(),
        }
