"""A stored plan as the tasks of `provision` pass it on: what it would do, without any value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldday.errors import Permanent, quoted
from fieldday.json_data import JsonData
from fieldday.provisioning.cost import CostEffect
from fieldday.provisioning.plan import PlannedChange, counts_of, words_of
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.request import Mode
from fieldday.provisioning.results import LossConfirmed, PlanApproved


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

    def check_run(self, run: str) -> None:
        """Raise `Permanent` unless this is that run's plan."""
        if self.run != run:
            msg = f"plan: is of run {quoted(self.run)}, not of {quoted(run)}. Provision again."
            raise Permanent(msg)

    @property
    def approved(self) -> PlanApproved:
        """What an approval of this plan covers."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        content = hashlib.sha256(text.encode()).hexdigest()
        return PlanApproved(self.file.sha256, self.environment, content)

    @property
    def loss_confirmed(self) -> LossConfirmed:
        """What a confirmation of its data loss covers."""
        return LossConfirmed(self.file.sha256, self.environment, tuple(sorted(self.loses_data)))

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
