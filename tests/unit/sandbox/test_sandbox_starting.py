"""Bringing one part up with the real supervisor: left alone, started again, or said why not."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest

from sandbox import processes, starting
from sandbox.errors import SandboxError
from sandbox.layout import Layout
from sandbox.parts.part import Part
from sandbox.starting import Starter
from sandbox.steps import Cancellation, Cancelled, Step
from sandbox.supervisor import Supervisor
from tests.patience import PATIENCE

_NAME = "tiny"
# Says that it is there by a file in its folder, which names the process.
_TINY = """
import os, signal, time
open(f"there-{os.getpid()}", "w").close()
time.sleep(600)
"""


@dataclass
class Quiet:
    """An observer that remembers what a part was said to do."""

    details: list[tuple[str, str]] = field(default_factory=list)

    def waiting(self, step: Step) -> None: ...

    def started(self, step: Step) -> None: ...

    def detail(self, name: str, text: str) -> None:
        self.details.append((name, text))

    def done(self, name: str, note: str) -> None: ...

    def failed(self, name: str, error: Exception) -> None: ...


class Bench:
    """A sandbox with one tiny part."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.supervisor = Supervisor(layout, Path(sys.executable))
        self.observer = Quiet()
        self.calls: list[str] = []
        self.part = Part(
            name=_NAME,
            command=(sys.executable, "-I", "-S", "-c", _TINY),
            address="",
            ready=self.is_there,
            prepare=lambda: self.calls.append("prepare"),
            settle=lambda: self.calls.append("settle"),
            limit_seconds=20 * PATIENCE,
            stop_seconds=5 * PATIENCE,
        )

    @property
    def pid(self) -> int:
        found = self.supervisor.processes().get(_NAME)
        return found.pid if found else 0

    def is_there(self) -> bool:
        return (self.layout.data / _NAME / f"there-{self.pid}").exists()

    def bring_up(self, part: Part | None = None, cancellation: Cancellation | None = None) -> str:
        wanted = part or self.part
        self.supervisor.ensure([wanted])
        self.calls.clear()
        starter = Starter(self.layout, self.supervisor, self.observer)
        return starter.step(wanted, ()).run(cancellation or Cancellation())


@pytest.fixture
def bench(layout: Layout) -> Iterator[Bench]:
    layout.folder(layout.root)
    found = Bench(layout)
    yield found
    owner = found.supervisor.pid()
    for process in sorted(processes.marked(layout), key=lambda p: p.pid != owner):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def test_a_part_that_is_up_is_left_alone(bench: Bench) -> None:
    assert bench.bring_up().startswith("ready after ")
    assert bench.calls == ["prepare", "settle"]
    details = ["preparing", "", "settling"]
    assert bench.observer.details == [(_NAME, text) for text in details]
    before = bench.pid
    assert bench.bring_up() == "ready, was up"
    # What others rely on is made again, what it was started from is not.
    assert bench.calls == ["settle"]
    assert bench.pid == before


def test_the_step_is_the_part_s(bench: Bench) -> None:
    starter = Starter(bench.layout, bench.supervisor, bench.observer)
    step = starter.step(replace(bench.part, usual_seconds=7), ("etcd", "get kubectl"))
    assert (step.name, step.needs, step.usual_seconds) == (_NAME, ("etcd", "get kubectl"), 7)


def test_no_step_reads_code_in_its_own_thread(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPython's parser fails with "recursion depth mismatch" when several threads are in it."""
    bench.supervisor.ensure([bench.part])
    step = Starter(bench.layout, bench.supervisor, bench.observer).step(bench.part, ())
    monkeypatch.setattr(starting, "fingerprint", Mock(side_effect=AssertionError("too late")))
    assert step.run(Cancellation()).startswith("ready after ")


@pytest.mark.parametrize(
    "change",
    [
        lambda part: replace(part, command=(*part.command, "more")),
        lambda part: replace(part, environment={"PASSWORD": "another"}),
    ],
    ids=["command", "environment"],
)
def test_a_part_that_changed_is_started_again(bench: Bench, change: Callable[[Part], Part]) -> None:
    bench.bring_up()
    before = bench.pid
    changed = change(bench.part)
    assert bench.bring_up(changed).startswith("changed, started again, ready after ")
    assert bench.calls == ["prepare", "settle"]
    assert bench.pid not in (0, before)
    assert bench.bring_up(changed) == "ready, was up"


def test_another_shell_s_path_is_no_change(bench: Bench) -> None:
    bench.bring_up(replace(bench.part, environment={"PATH": "/usr/bin", "A": "1"}))
    other = replace(bench.part, environment={"A": "1", "PATH": "/bin"})
    assert bench.bring_up(other) == "ready, was up"


def test_a_part_that_was_stopped_is_started(bench: Bench) -> None:
    bench.bring_up()
    bench.supervisor.stop(_NAME, 5)
    assert bench.bring_up().startswith("ready after ")


def test_a_part_that_hangs_is_started_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.bring_up()
    before, passed = bench.pid, 0.0

    def monotonic() -> float:
        """A clock that stands still for the part that was started again."""
        nonlocal passed
        passed += 5 if bench.pid == before else 0
        return passed

    monkeypatch.setattr(starting, "time", SimpleNamespace(monotonic=monotonic))
    hangs = replace(bench.part, ready=lambda: bench.pid != before and bench.is_there())
    note = bench.bring_up(hangs)
    assert note.startswith("did not answer, started again, ready after ")
    assert bench.pid not in (0, before)


def test_a_part_that_ends_at_once_shows_the_end_of_its_log(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The supervisor waits longer and longer between the starts.
    monkeypatch.setattr(starting, "_HOPELESS_STARTS", 1)
    script = 'for n in $(seq 20); do echo "line $n"; done; echo "no such file: /x [y]"; exit 2'
    broken = replace(bench.part, command=("bash", "-c", script), ready=lambda: False)
    with pytest.raises(SandboxError) as raised:
        bench.bring_up(broken)
    lines = str(raised.value).splitlines()
    log = bench.layout.logs / f"{_NAME}.log"
    assert lines[0] == f"{_NAME}: ends as soon as it is started. The end of {log}:"
    assert lines[1:-1] == [f"  line {n}" for n in range(10, 21)] + ["  no such file: /x [y]"]
    assert lines[-1] == "Fix the cause and run 'make up' again; it resumes from here."
    # Fixed, it comes up.
    assert "ready after" in bench.bring_up()


def test_a_part_that_is_never_ready_is_given_up(bench: Bench) -> None:
    with pytest.raises(SandboxError, match=rf"^{_NAME}: is not ready after 1 s\. The end of .*log"):
        bench.bring_up(replace(bench.part, ready=lambda: False, limit_seconds=0.6))
    assert "settle" not in bench.calls


def test_a_supervisor_that_goes_away_meanwhile_is_said(bench: Bench) -> None:
    def lose() -> None:
        bench.supervisor.shutdown()
        psutil.wait_procs(processes.marked(bench.layout), 10)

    with pytest.raises(SandboxError, match=rf"^{_NAME}: the supervisor cannot start it: .* again"):
        bench.bring_up(replace(bench.part, prepare=lose))


def test_what_cannot_be_prepared_is_not_started(bench: Bench) -> None:
    def prepare() -> None:
        msg = "tiny: no room. Make some."
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match=r"^tiny: no room\. Make some\.$"):
        bench.bring_up(replace(bench.part, prepare=prepare))
    assert bench.pid == 0


def test_waiting_ends_when_it_is_cancelled(bench: Bench) -> None:
    cancellation = Cancellation()
    asked = threading.Event()

    def ready() -> bool:
        if asked.is_set():
            cancellation.cancel()
        asked.set()
        return False

    with pytest.raises(Cancelled):
        bench.bring_up(replace(bench.part, ready=ready), cancellation)


def test_the_record_of_a_start_is_of_the_program_itself(bench: Bench) -> None:
    bench.bring_up()
    record = json.loads((bench.supervisor.folder / f"{_NAME}.started").read_text())
    assert record["pid"] == bench.pid
    assert abs(record["time"] - psutil.Process(bench.pid).create_time()) < 5
    assert psutil.Process(bench.pid).cwd() == os.fspath(bench.layout.data / _NAME)


def test_without_a_log_that_is_said(bench: Bench) -> None:
    failure = Starter(bench.layout, bench.supervisor, bench.observer)._failure
    assert "\n  (there is none)\n" in str(failure(bench.part, "is not ready"))
