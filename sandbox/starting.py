"""Brings one part up: starts it, or leaves it alone if it is as it should be."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.files import write
from sandbox.launched import launched
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.part import Part
from sandbox.steps import Cancellation, Observer, Step
from sandbox.supervisor import RUNNING_STATES, Process, Supervisor

_POLL_SECONDS = 0.1
# A part that takes long to start is checked less often: checks slow it down.
_POLLS = 20
# After so many starts within one wait, it will not come up on its own.
_HOPELESS_STARTS = 4
_SHOWN_LINES = 12


@dataclass(frozen=True)
class Starter:
    """Brings parts up."""

    layout: Layout
    supervisor: Supervisor
    observer: Observer

    def step(self, part: Part, needs: tuple[str, ...]) -> Step:
        """The step that brings this part up."""
        # Here, since steps run in threads, and Python's parser fails in several at once.
        now = fingerprint(part)
        return Step(part.name, lambda c: self._bring_up(part, now, c), needs, part.usual_seconds)

    def _bring_up(self, part: Part, now: str, cancellation: Cancellation) -> str:
        begin = time.monotonic()
        note = ""
        process = self._process(part)
        is_current = launched(self.layout, part.name).fingerprint == now
        if process.state in RUNNING_STATES and is_current:
            # It may just have been restarted by the supervisor, or hang.
            patience = min(part.limit_seconds, max(15.0, 4 * part.usual_seconds))
            if self._becomes_ready(part, patience, cancellation):
                part.settle()
                return "ready, was up"
            note = "did not answer, started again, "
        elif process.state in RUNNING_STATES:
            note = "changed, started again, "
        if process.pid or process.state in (*RUNNING_STATES, "BACKOFF"):
            self.observer.detail(part.name, "stopping")
            self.supervisor.stop(part.name, part.stop_seconds)
        cancellation.check()
        self._start(part, now)
        if not self._becomes_ready(part, part.limit_seconds, cancellation):
            raise self._failure(part, f"is not ready after {part.limit_seconds:.0f} s")
        self.observer.detail(part.name, "settling")
        part.settle()
        return f"{note}ready after {time.monotonic() - begin:.1f} s"

    def _start(self, part: Part, now: str) -> None:
        self.observer.detail(part.name, "preparing")
        part.prepare()
        directory = part.directory or self.layout.folder(self.layout.data / part.name)
        wanted = {
            "fingerprint": now,
            "command": part.command,
            "environment": dict(part.environment),
            "directory": str(directory),
        }
        write(self.supervisor.folder / f"{part.name}.json", json.dumps(wanted))
        self.observer.detail(part.name, "")
        self.supervisor.start(part.name)

    def _becomes_ready(self, part: Part, seconds: float, cancellation: Cancellation) -> bool:
        deadline = time.monotonic() + seconds
        starts: set[int] = set()
        while time.monotonic() < deadline:
            cancellation.check()
            process = self._process(part)
            # Another program may listen on its port.
            if process.state in RUNNING_STATES and part.ready():
                return True
            starts.add(process.started)
            if process.state == "FATAL" or len(starts) > _HOPELESS_STARTS:
                raise self._failure(part, "ends as soon as it is started")
            cancellation.sleep(max(_POLL_SECONDS, part.usual_seconds / _POLLS))
        return False

    def _process(self, part: Part) -> Process:
        return self.supervisor.processes().get(part.name, Process("STOPPED", 0, 0))

    def _failure(self, part: Part, problem: str) -> SandboxError:
        log = self.layout.logs / f"{part.name}.log"
        return SandboxError(
            f"{part.name}: {problem}. The end of {log}:\n{_end_of(log)}\n"
            "Fix the cause and run 'make up' again; it resumes from here."
        )


def _end_of(log: Path) -> str:
    try:
        with log.open(errors="replace") as file:
            lines = deque(file, maxlen=_SHOWN_LINES)
    except OSError:
        return "  (there is none)"
    return "\n".join(f"  {line.rstrip()[:300]}" for line in lines)


def fingerprint(part: Part) -> str:
    """Changes when `up` would start something else than the running program."""
    # The same sandbox is brought up from shells with different paths.
    environment = {k: v for k, v in part.environment.items() if k != "PATH"}
    digest = hashlib.sha256()
    what = (part.command, sorted(environment.items()), str(part.directory))
    digest.update(json.dumps(what).encode())
    for path in _own_code(part):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _own_code(part: Part) -> list[Path]:
    """The project's own modules that a part runs with `python -m sandbox...`, and theirs."""
    if "-m" not in part.command:
        return []
    module = part.command[part.command.index("-m") + 1]
    if not module.startswith("sandbox."):
        return []
    found: set[Path] = set()
    left = set((CHECKOUT / module.replace(".", "/")).rglob("*.py"))
    while left:
        path = left.pop()
        found.add(path)
        left |= _imported(path) - found
    return sorted(found)


def _imported(path: Path) -> set[Path]:
    """The files of the project's own modules that a file imports, as far as they are its own."""
    bases = [CHECKOUT / name.replace(".", "/") for name in _imports(path.read_bytes())]
    files = {file for base in bases for file in (base.with_suffix(".py"), base / "__init__.py")}
    return {file for file in files if file.is_file()}


@functools.cache
def _imports(source: bytes) -> frozenset[str]:
    """The names of the project's own modules, and perhaps of what is in them, that it imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            # `from sandbox.edge import status` imports a module too.
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(name for name in names if name.startswith("sandbox."))
