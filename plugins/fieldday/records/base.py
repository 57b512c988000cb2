"""What the records of all pipelines have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

Part = Mapping[str, Any]
"""What one task found or did, as JSON."""

_AT_THE_END = ("tasks", "schema_version")


@dataclass(frozen=True)
class Record:
    """One run of a pipeline: what was asked for, what came of it, and why.

    It is written once a run, under a key made of the run's id, so writing it again replaces it.
    """

    pipeline: ClassVar[str]
    """The folder of its kind in the reports bucket."""

    run: str
    """The orchestrator's id of the run."""
    outcome: str
    reason: str
    """Why it ended so, in words."""
    started: str
    """RFC 3339, in UTC; '' where the run never started."""
    ended: str
    requested_by: str | None
    request: Part
    """What was asked for: the form's values."""
    tasks: Part = field(default_factory=dict)
    """By task: its state."""
    schema_version: int = 1
    """Rises when a field changes its meaning or goes; a new field does not raise it."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Under which names it is found later: services, environments."""
        return ()

    @property
    def key(self) -> str:
        """The object's key in the reports bucket, and the file's path below the reports folder."""
        return f"{self.pipeline}/{file_name(self.run)}.json"

    def to_json(self) -> str:
        """Indented JSON with a newline at the end."""
        found = asdict(self)
        found |= {name: found.pop(name) for name in _AT_THE_END}
        return json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n"


def file_name(text: str) -> str:
    """A run's id, or a subject, as part of a file's name."""
    return re.sub(r"[^0-9A-Za-z._:+=@-]", "-", text).lstrip(".")
