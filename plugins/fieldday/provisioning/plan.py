"""What a plan would do, read from `terraform show -json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from fieldday.errors import Permanent
from fieldday.json_data import JsonData
from fieldday.provisioning.attribute_diff import Difference, differences
from fieldday.provisioning.stateful_resources import DATA_HOLDING

Action = Literal["add", "import", "change", "replace", "destroy", "forget"]
_ACTIONS: dict[tuple[str, ...], Action] = {
    ("create",): "add",
    ("update",): "change",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("delete",): "destroy",
    ("forget",): "forget",
    ("create", "forget"): "add",
}
_ORDER: tuple[Action, ...] = ("destroy", "replace", "change", "add", "import", "forget")
"""What an approver has to see first."""

_FORMAT = "1."


@dataclass(frozen=True)
class PlannedChange(JsonData):
    """What would become of one resource, without its values."""

    address: str
    type: str
    action: Action
    differences: tuple[Difference, ...]
    because: tuple[str, ...]
    """Of a replacement: the attributes that can't be changed in place."""
    loses_data: bool
    """Whether it is stateful, and its data would be gone."""


@dataclass(frozen=True)
class ResourceChange:
    """What would become of one resource."""

    address: str
    type: str
    action: Action
    differences: tuple[Difference, ...] = ()
    because: tuple[str, ...] = ()
    """Of a replacement: the attributes that can't be changed in place."""
    after: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Its values, secrets among them: never to be shown or stored."""
    before: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def loses_data(self) -> bool:
        """Whether it is stateful, and its data would be gone."""
        return self.action in ("destroy", "replace") and self.type in DATA_HOLDING

    @property
    def planned(self) -> PlannedChange:
        """What may be shown and stored."""
        return PlannedChange(
            address=self.address,
            type=self.type,
            action=self.action,
            differences=self.differences,
            because=self.because,
            loses_data=self.loses_data,
        )


@dataclass(frozen=True)
class TerraformPlan:
    """All that a plan would do."""

    changes: tuple[ResourceChange, ...]
    outputs: tuple[str, ...]
    """The names of the outputs that would change."""

    @classmethod
    def of(cls, shown: dict[str, Any]) -> Self:
        """Read the answer of `terraform show -json`. Raises `Permanent`: it is another format."""
        version = str(shown.get("format_version", ""))
        if not version.startswith(_FORMAT):
            msg = f"terraform: its plans have format {version or 'unknown'}, not 1. Use 1.11."
            raise Permanent(msg)
        found = [_change(entry) for entry in shown.get("resource_changes", ())]
        changes = sorted(
            (change for change in found if change is not None),
            key=lambda change: (_ORDER.index(change.action), change.address),
        )
        outputs = [
            name
            for name, change in shown.get("output_changes", {}).items()
            if change["actions"] != ["no-op"]
        ]
        return cls(tuple(changes), tuple(sorted(outputs)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.outputs

    @property
    def loses_data(self) -> tuple[str, ...]:
        """The addresses of resources whose data would be gone."""
        return tuple(change.address for change in self.changes if change.loses_data)

    @property
    def counts(self) -> dict[str, int]:
        """By action: how many resources."""
        return counts_of(self.changes)

    @property
    def words(self) -> str:
        """The plan in one line."""
        return words_of(self.changes, self.outputs)


def counts_of(changes: Sequence[ResourceChange | PlannedChange]) -> dict[str, int]:
    """By action: how many resources."""
    found = Counter(change.action for change in changes)
    return {action: found[action] for action in _ORDER if found[action]}


def words_of(changes: Sequence[ResourceChange | PlannedChange], outputs: Sequence[str]) -> str:
    """What a plan would do, in one line."""
    if not changes and not outputs:
        return "nothing to do: all is as the configuration says"
    parts = [f"{count} to {action}" for action, count in counts_of(changes).items()]
    if outputs:
        parts.append(f"{len(outputs)} outputs")
    return ", ".join(parts)


def drift_of(shown: dict[str, Any]) -> Iterable[tuple[dict[str, Any], tuple[Difference, ...]]]:
    """What Terraform found changed outside of it: each entry, with what differs."""
    for entry in shown.get("resource_drift", ()):
        if entry["mode"] == "managed":
            yield entry, differences(entry["change"])


def _change(entry: dict[str, Any]) -> ResourceChange | None:
    change = entry["change"]
    if entry["mode"] != "managed":
        return None
    action = _ACTIONS.get(tuple(change["actions"]))
    # Also with what is then changed of it.
    if change.get("importing") and action in (None, "change"):
        action = "import"
    if action is None:
        return None
    # What is added has nothing before it, and would only repeat the configuration.
    found = differences(change) if action in ("change", "replace", "import") else ()
    return ResourceChange(
        address=entry["address"],
        type=entry["type"],
        action=action,
        differences=found,
        because=tuple(_path(path) for path in change.get("replace_paths", ())),
        after=change.get("after") or {},
        before=change.get("before") or {},
    )


def _path(steps: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")
