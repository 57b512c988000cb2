"""Runs of one pipeline, whichever it is, and what they leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sandbox.demo.airflow import ENDED, Airflow, until
from sandbox.parts.context import Context
from tests.patience import PATIENCE

_RUN_SECONDS = 400 * PATIENCE
# To ask for a run and its cards takes 30 ms of a processor each time.
_POLL_SECONDS = 1.0


@dataclass
class Runs:
    """Starts runs as `operator`, and answers for them as `approver`."""

    context: Context
    dag: ClassVar[str]

    def __post_init__(self) -> None:
        self.operator = Airflow(self.context, "operator", self.dag)
        self.approver = Airflow(self.context, "approver", self.dag)

    def close(self) -> None:
        self.operator.close()
        self.approver.close()

    def ended(self, run: str) -> bool:
        return self.operator.state(run) in ENDED

    def comes(self, condition: Callable[[], bool]) -> bool:
        """Wait for something of a run; whether it came in the time that a run may take."""
        return until(condition, _RUN_SECONDS, every=_POLL_SECONDS)

    def tasks_of(self, run: str) -> dict[str, str]:
        return self.operator.tasks(run)


def report_of(folder: Path, run: str) -> dict[str, Any]:
    """The report of a run among those in a folder."""
    for path in folder.glob("*.json"):
        content: dict[str, Any] = json.loads(path.read_text())
        if content["run"] == run:
            return content
    raise AssertionError(f"{run}: left no report in {folder}")
