"""Shows the progress of steps: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from sandbox.console import PlainConsole
from sandbox.steps import Step

# A plain line about what still runs, as a sign of life in a log.
_REMINDER_SECONDS = 15.0


@dataclass
class _Row:
    step: Step
    state: str = "waiting"
    detail: str = ""
    begin: float = 0.0


class Progress(AbstractContextManager["Progress"]):
    """An observer of steps that shows them while its `with` block runs."""

    def __init__(self, console: Console | None = None) -> None:
        """Without a console of its own it shows on standard output."""
        self._console = console or PlainConsole()
        self._is_live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._live = Live(self, console=self._console, refresh_per_second=8)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._is_live:
            self._live.start()
        else:
            threading.Thread(target=self._remind, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave what was shown last on the screen."""
        self._ended.set()
        if self._is_live:
            self._live.stop()

    def waiting(self, step: Step) -> None:
        """It waits for its dependencies."""
        with self._lock:
            self._rows[step.name] = _Row(step)

    def started(self, step: Step) -> None:
        """It runs."""
        with self._lock:
            row = self._rows[step.name]
            row.state, row.begin = "running", time.monotonic()

    def detail(self, name: str, text: str) -> None:
        """What it is doing now, in a few words."""
        with self._lock:
            self._rows[name].detail = text

    def done(self, name: str, note: str) -> None:
        """It is done."""
        with self._lock:
            self._rows[name].state, self._rows[name].detail = "done", note
            if not self._is_live:
                self._say(f"{name}: {note}")

    def failed(self, name: str, error: Exception) -> None:
        """It failed; the caller shows the error itself."""
        del error
        with self._lock:
            self._rows[name].state, self._rows[name].detail = "failed", ""
            if not self._is_live:
                self._say(f"{name}: failed")

    def _remind(self) -> None:
        while not self._ended.wait(_REMINDER_SECONDS):
            with self._lock:
                for row in self._rows.values():
                    if row.state == "running":
                        self._say(f"{row.step.name}: {_doing(row)}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line per step."""
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for row in self._rows.values():
                table.add_row(_icon(row), row.step.name, Text(_doing(row), style="dim"))
        yield table


# One for all rows, so that they turn together.
_SPINNER = Spinner("dots")


def _icon(row: _Row) -> Text | Spinner:
    if row.state == "running":
        return _SPINNER
    marks = {"waiting": ("·", "dim"), "done": ("✓", "green"), "failed": ("✗", "red")}
    return Text(*marks[row.state])


def _doing(row: _Row) -> str:
    if row.state == "waiting":
        return f"waits for {', '.join(row.step.needs)}" if row.step.needs else "waits"
    if row.state == "running":
        elapsed = f"{time.monotonic() - row.begin:.0f} s, usually {_usual(row.step)}"
        return f"{row.detail}, {elapsed}" if row.detail else elapsed
    return row.detail


def _usual(step: Step) -> str:
    seconds = step.usual_seconds
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(1, seconds):.0f} s"
