"""Finding the sandbox's own processes, whatever became of them, and ending them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from sandbox.layout import CHECKOUT, Layout
from sandbox.processes import MARK, POD_MARK, descends, end, is_pod, marked, memory
from tests.patience import PATIENCE

# A parent with one child; each says when it is there.
_FAMILY = """
import subprocess, sys, time
child = subprocess.Popen(("sleep", "600"))
print(child.pid, flush=True)
time.sleep(600)
"""
_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


class Programs:
    """Small programs that are gone at the end."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *command: str, mark: str | None = None, **environment: str) -> psutil.Process:
        marks = {MARK: mark or str(self.layout.root)}
        process = subprocess.Popen(
            command,
            env={**os.environ, **marks, **environment},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        found = psutil.Process(process.pid)
        # The system shows it a moment after the program has taken the place of ours.
        with contextlib.suppress(psutil.Error):
            while MARK not in found.environ():
                time.sleep(0.001)
        return found

    def said(self) -> str:
        """The first line of the one that was started last."""
        output = self.started[-1].stdout
        assert output is not None
        return output.readline().strip()

    def end(self) -> None:
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=10 * PATIENCE)


@pytest.fixture
def programs(layout: Layout) -> Iterator[Programs]:
    layout.folder(layout.root)
    found = Programs(layout)
    yield found
    found.end()


def pids(layout: Layout) -> set[int]:
    return {process.pid for process in marked(layout)}


def test_what_bears_the_mark_is_found_with_its_children(programs: Programs) -> None:
    parent = programs.start(sys.executable, "-c", _FAMILY)
    child = int(programs.said())
    assert pids(programs.layout) == {parent.pid, child}
    parent.kill()
    parent.wait(10 * PATIENCE)
    # An orphan, too.
    assert pids(programs.layout) == {child}
    assert pids(Layout(programs.layout.root / "another")) == set()


def test_who_asks_and_who_started_it_are_not_found(layout: Layout) -> None:
    layout.folder(layout.root)
    script = (
        "import pathlib, sys; from sandbox.layout import Layout; from sandbox import processes;"
        "print(processes.marked(Layout(pathlib.Path(sys.argv[1]))))"
    )
    # The shell is the one that started it.
    command = ("sh", "-c", '"$@"; exit', "sh", sys.executable, "-c", script, str(layout.root))
    environment = {**os.environ, MARK: str(layout.root)}
    result = subprocess.run(
        command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def record(layout: Layout, pid: int, at: float, name: str = "valkey") -> None:
    path = layout.folder(layout.root / "supervisor") / f"{name}.started"
    path.write_text(json.dumps({"pid": pid, "time": at, "fingerprint": ""}))


def test_what_lost_its_mark_is_found_by_the_record_of_its_start(programs: Programs) -> None:
    # As a program does that writes its title over its environment.
    parent = programs.start(sys.executable, "-c", _FAMILY, mark="overwritten")
    child = int(programs.said())
    assert pids(programs.layout) == set()
    record(programs.layout, parent.pid, time.time())
    assert pids(programs.layout) == {parent.pid, child}


def test_another_process_with_a_recorded_id_is_left_alone(programs: Programs) -> None:
    other = programs.start("sleep", "600", mark="none of ours")
    record(programs.layout, other.pid, other.create_time() - 3600, "before a reboot")
    record(programs.layout, 2**22 + 1, time.time(), "gone")
    (programs.layout.root / "supervisor" / "damaged.started").write_text("{")
    assert pids(programs.layout) == set()


def test_the_launcher_leaves_such_a_record(programs: Programs) -> None:
    folder = programs.layout.folder(programs.layout.root / "supervisor")
    wanted = {
        "fingerprint": "f",
        "command": ["sleep", "600"],
        "environment": {MARK: "overwritten"},
        "directory": "/",
    }
    (folder / "tiny.json").write_text(json.dumps(wanted))
    launcher = str(CHECKOUT / "sandbox" / "launch.py")
    found = programs.start(sys.executable, "-I", "-S", launcher, str(folder), "tiny")
    while found.name() != "sleep":
        assert found.is_running()
    assert pids(programs.layout) == {found.pid}


def test_pods_are_known_by_their_own_mark(programs: Programs) -> None:
    pod = programs.start("sleep", "600", **{POD_MARK: "a-uid"})
    part = programs.start("sleep", "600")
    assert {p.pid: is_pod(p) for p in marked(programs.layout)} == {pod.pid: True, part.pid: False}


def test_descent(programs: Programs) -> None:
    parent = programs.start(sys.executable, "-c", _FAMILY)
    child = psutil.Process(int(programs.said()))
    assert descends(child, parent.pid)
    assert descends(child, os.getpid())
    assert descends(parent, parent.pid)
    assert not descends(parent, child.pid)
    programs.end()
    assert not descends(child, parent.pid)


def test_memory_is_that_of_the_children_too(programs: Programs) -> None:
    parent = programs.start(sys.executable, "-c", _FAMILY)
    child = int(programs.said())
    assert memory(parent.pid) > memory(child) > 0
    programs.end()
    assert memory(parent.pid) == 0


def test_they_are_asked_first_and_killed_then(programs: Programs) -> None:
    willing = programs.start("sleep", "600")
    deaf = programs.start(sys.executable, "-c", _DEAF)
    assert programs.said() == "deaf"
    assert end([willing, deaf], 0.2) == []
    codes = {process.pid: process.wait(10 * PATIENCE) for process in programs.started}
    # psutil has waited for them already, which subprocess takes for a 0.
    assert set(codes) == {willing.pid, deaf.pid}
    assert not psutil.pid_exists(willing.pid)
    assert not psutil.pid_exists(deaf.pid)


def test_who_ends_when_asked_is_not_killed(programs: Programs) -> None:
    script = """
import signal, sys, time
def leave(*_):
    print("tidied up", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("there", flush=True)
time.sleep(600)
"""
    tidy = programs.start(sys.executable, "-c", script)
    assert programs.said() == "there"
    assert end([tidy], 20) == []
    assert programs.said() == "tidied up"


def test_one_that_is_gone_already_is_no_trouble(programs: Programs) -> None:
    gone = programs.start("true")
    programs.started[-1].wait(10 * PATIENCE)
    assert end([gone], 5) == []
