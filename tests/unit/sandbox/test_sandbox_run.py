"""Programs that take long: ended with what they started, and what they said last."""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from sandbox.steps import Cancellation, Cancelled
from sandbox.toolchain import run as programs
from sandbox.toolchain.run import ProgramError, run
from tests.patience import PATIENCE


def run_script(
    script: str, seconds: float = 20 * PATIENCE, cancellation: Cancellation | None = None
) -> None:
    run(
        ("sh", "-c", script),
        directory=Path("/"),
        environment=os.environ,
        seconds=seconds,
        cancellation=cancellation or Cancellation(),
    )


def test_a_program_that_takes_too_long_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pid"
    # The time is up once it has written, however long the machine takes for that.
    passed = itertools.count()

    def monotonic() -> float:
        return next(passed) if file.exists() and file.read_text().endswith("\n") else 0

    monkeypatch.setattr(programs, "time", SimpleNamespace(monotonic=monotonic))
    with pytest.raises(ProgramError, match=r"^sh -c: not done after 0 s$"):
        run_script(f"sleep 3600 & echo $! > '{file}'; wait", seconds=0.3)
    assert is_over(int(file.read_text()))


def is_over(pid: int) -> bool:
    deadline = time.monotonic() + 10 * PATIENCE
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
    return False


def test_a_program_is_ended_when_we_are_told_to_give_up(tmp_path: Path) -> None:
    cancellation = Cancellation()
    os.mkfifo(tmp_path / "begun")

    def cancel() -> None:
        # Opens once the program does.
        (tmp_path / "begun").read_text()
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    script = f"echo $$ > '{tmp_path}/pid'; : > '{tmp_path}/begun'; sleep 600"
    with pytest.raises(Cancelled):
        run_script(script, cancellation=cancellation)
    thread.join()
    assert is_over(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo why >&2; exit 3", "^why$"), ("exit 3", "^exit code 3$"), ("kill -9 $$", "code -9")],
)
def test_a_program_that_fails_says_why(script: str, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        run_script(script)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ProgramError, match=r"^/no/such: .*No such file"):
        run(
            ("/no/such", "x"),
            directory=Path("/"),
            environment={},
            seconds=1,
            cancellation=Cancellation(),
        )
