"""Programs that have to come to their own end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldday.processes import (
    CommandMissing,
    CommandTimedOut,
    Completed,
    detached,
    interrupt_detached,
    is_running,
    run_detached,
)
from tests.patience import PATIENCE

# Ends on SIGINT only after it has written what it did.
ORDERLY = """
import signal, sys, time
def end(*_):
    time.sleep(0.3)
    print("saved", flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, end)
print("begun", flush=True)
time.sleep(3600)
"""


def start(folder: Path, program: str, **more: object) -> Completed:
    lines: list[str] = more.pop("lines", [])  # type: ignore[assignment]
    given = {"timeout": 30.0 * PATIENCE, "grace": 10.0 * PATIENCE, "env": {}, **more}
    return run_detached(
        [sys.executable, "-c", program],
        output=folder / "out.jsonl",
        on_line=lines.append,
        cwd=folder,
        **given,  # type: ignore[arg-type]
    )


def test_lines_come_one_by_one_and_all_of_them(tmp_path: Path) -> None:
    lines: list[str] = []
    program = "import sys; print('a\\nb'); sys.stderr.write('x' * 10); print('c', end='')"
    done = start(tmp_path, program, lines=lines)
    assert lines == ["a", "b"]
    assert (done.code, done.stdout, done.stderr) == (0, "a\nb\nc", "xxxxxxxxxx")
    assert (tmp_path / "out.jsonl").read_text() == "a\nb\nc"


def test_a_line_is_told_while_the_program_runs(tmp_path: Path) -> None:
    file = tmp_path / "go"

    def on_line(_: str) -> None:
        file.touch()

    program = f"""
import pathlib, time
print("x", flush=True)
while not pathlib.Path({str(file)!r}).exists():
    time.sleep(0.05)
"""
    done = run_detached(
        [sys.executable, "-c", program],
        output=tmp_path / "out",
        on_line=on_line,
        timeout=20 * PATIENCE,
        grace=1,
        env={},
        cwd=tmp_path,
    )
    assert done.code == 0


def until_begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the time-out pass with the first line, however long the machine takes for it."""
    lines: list[str] = []
    clock = SimpleNamespace(monotonic=lambda: 3600.0 if lines else 0.0)
    monkeypatch.setattr(detached, "time", clock)
    return lines


def test_it_is_asked_and_gets_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandTimedOut, match="not done after 1 s"):
        start(tmp_path, ORDERLY, timeout=1.0, lines=until_begun(monkeypatch))
    assert (tmp_path / "out.jsonl").read_text() == "begun\nsaved\n"


def test_it_is_killed_when_it_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("begun", flush=True)
time.sleep(3600)
"""
    with pytest.raises(CommandTimedOut):
        start(tmp_path, program, timeout=0.5, grace=0.5, lines=until_begun(monkeypatch))
    assert not is_running(tmp_path / "out.jsonl")


def test_a_task_that_is_told_to_stop_ends_it_in_order(tmp_path: Path) -> None:
    lines: list[str] = []
    stopped = threading.Event()

    def stop() -> None:
        while "begun" not in lines:
            time.sleep(0.02)
        interrupt_detached()
        stopped.set()

    thread = threading.Thread(target=stop)
    thread.start()
    done = start(tmp_path, ORDERLY, lines=lines)
    thread.join()
    assert stopped.is_set()
    assert (done.code, done.stdout) == (3, "begun\nsaved\n")


def test_only_the_program_is_asked_not_what_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider has to end the request that it has sent."""
    program = f"""
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", '''{ORDERLY}'''], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
def end(*_):
    print("child is", child.poll(), flush=True)
    child.kill()
    sys.exit(0)
signal.signal(signal.SIGINT, end)
print("begun", flush=True)
child.wait()
"""
    with pytest.raises(CommandTimedOut):
        start(tmp_path, program, timeout=1.5, lines=until_begun(monkeypatch))
    assert (tmp_path / "out.jsonl").read_text() == "begun\nchild is None\n"


def test_it_goes_on_when_its_parent_is_killed(tmp_path: Path) -> None:
    output, file = tmp_path / "out.jsonl", tmp_path / "go"
    parent = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from fieldday.processes import run_detached
        program = '''
        import pathlib, time
        print(0, flush=True)
        while not pathlib.Path({str(file)!r}).exists():
            time.sleep(0.05)
        print(1, flush=True)
        '''
        import textwrap
        run_detached([sys.executable, "-c", textwrap.dedent(program)], output=Path({str(output)!r}),
            on_line=print, timeout=30, grace=1, env={{}}, cwd=Path({str(tmp_path)!r}))
    """)
    path = os.pathsep.join(map(str, (Path(__file__).resolve().parents[4] / "plugins",)))
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert is_running(output)
    file.touch()
    deadline = time.monotonic() + 20 * PATIENCE
    while is_running(output):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert output.read_text().split() == ["0", "1"]


def test_secrets_of_its_environment_are_not_in_what_is_returned(tmp_path: Path) -> None:
    program = "import os, sys; sys.stderr.write(os.environ['AWS_SECRET_ACCESS_KEY'])"
    done = start(tmp_path, program, env={"AWS_SECRET_ACCESS_KEY": "hunter2-hunter2"})
    assert done.stderr == "***"


def test_secrets_are_hidden_as_those_of_a_program_that_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "of-this-process")
    program = "import sys; sys.exit('of-this-process, listed, https://user:pass@host/')"
    done = start(tmp_path, program, secrets=["listed"])
    assert done.stderr == "***, ***, https://***@host/\n"
    assert "of-this-process" not in " ".join(done.argv)


def test_a_time_out_says_what_the_program_said(tmp_path: Path) -> None:
    program = "import sys, time; print('still busy', file=sys.stderr, flush=True); time.sleep(60)"
    with pytest.raises(CommandTimedOut, match=r"not done after 2 s, ended\. still busy"):
        start(tmp_path, program, timeout=2.0)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandMissing, match="no-such-program: not found"):
        run_detached(
            ["no-such-program"],
            output=tmp_path / "out",
            on_line=print,
            timeout=1,
            grace=1,
            env={},
            cwd=tmp_path,
        )


def test_nothing_runs_where_nothing_was_started(tmp_path: Path) -> None:
    assert not is_running(tmp_path / "out")
    (tmp_path / "out.pid").write_text("")
    assert not is_running(tmp_path / "out")
    # The process has that id, and another start.
    (tmp_path / "out.pid").write_text(f"{os.getpid()} 1")
    assert not is_running(tmp_path / "out")
