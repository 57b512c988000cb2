"""What people see of steps: plain lines in a log, a table in a terminal."""

from __future__ import annotations

import io
import re
import threading

import pytest
from rich.console import Console

from sandbox import progress
from sandbox.progress import Progress
from sandbox.steps import Cancellation, Step, carry_out


class Lines(io.StringIO):
    """A log that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._grown = threading.Condition()

    def write(self, text: str) -> int:
        with self._grown:
            count = super().write(text)
            self._grown.notify_all()
        return count

    def awaited(self, pattern: str) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: re.search(pattern, self.getvalue()), 10)


def nothing(_: Cancellation) -> str:
    return "ready"


def step(name: str, *needs: str, usual: float = 1.0) -> Step:
    return Step(name, nothing, needs, usual)


def plain(lines: io.StringIO) -> Progress:
    return Progress(Console(file=lines, force_terminal=False, width=40))


def test_a_log_has_one_plain_line_a_step() -> None:
    lines = io.StringIO()
    long = "from an earlier build, [bold]kept[/] for other checkouts"
    steps = [Step("etcd", lambda _: long), step("kube-apiserver", "etcd")]
    with plain(lines) as shown:
        carry_out(steps, shown, Cancellation())
    assert lines.getvalue() == f"etcd: {long}\nkube-apiserver: ready\n"


def test_a_log_says_what_failed_and_not_why_twice() -> None:
    lines = io.StringIO()

    def fail(_: Cancellation) -> str:
        raise RuntimeError("moto: no room")

    with plain(lines) as shown, pytest.raises(RuntimeError, match="moto: no room"):
        carry_out([Step("moto", fail)], shown, Cancellation())
    assert lines.getvalue() == "moto: failed\n"


def test_a_log_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_REMINDER_SECONDS", 0.01)
    lines = Lines()
    with plain(lines) as shown:
        for wanted in (step("go", usual=200), step("crane", "go")):
            shown.waiting(wanted)
        shown.started(step("go"))
        assert lines.awaited(r"go: 0 s, usually 3 min\n")
        shown.detail("go", "compiling, 12 packages")
        assert lines.awaited(r"go: compiling, 12 packages, 0 s, usually 3 min\n")
        shown.done("go", "built")
    assert "crane" not in lines.getvalue()
    # Once it has ended it is silent.
    assert lines.getvalue().endswith("go: built\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.3, "1 s"), (5, "5 s"), (89, "89 s"), (90, "2 min"), (200, "3 min"), (600, "10 min")],
)
def test_how_long_it_usually_takes(seconds: float, words: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown = Progress(console)
    wanted = step("go", usual=seconds)
    shown.waiting(wanted)
    shown.started(wanted)
    with console.capture() as capture:
        console.print(shown)
    assert capture.get().rstrip().endswith(f"0 s, usually {words}\x1b[0m")


def terminal() -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, record=True, width=80, height=20, _environ={}
    )


def test_a_terminal_shows_a_line_a_step() -> None:
    console = terminal()
    with Progress(console) as shown:
        for wanted in (
            step("etcd"),
            step("kube-apiserver", "etcd", usual=5),
            step("node", "kube-apiserver", "registry"),
            step("moto"),
            step("edge"),
        ):
            shown.waiting(wanted)
        shown.started(step("etcd"))
        shown.done("etcd", "ready after 0.6 s")
        shown.started(step("kube-apiserver"))
        shown.detail("kube-apiserver", "settling")
        shown.started(step("moto"))
        shown.failed("moto", RuntimeError("no room"))
    # What was shown last stays.
    last = console.export_text().rpartition("✓")[2]
    rows = {}
    for line in filter(str.strip, f"✓{last}".splitlines()):
        mark, name, *doing = line.split(maxsplit=2)
        rows[name] = (mark, "".join(doing).rstrip())
    assert rows["etcd"] == ("✓", "ready after 0.6 s")
    assert rows["node"] == ("·", "waits for kube-apiserver, registry")
    assert rows["moto"] == ("✗", "")
    assert rows["edge"] == ("·", "waits")
    mark, said = rows["kube-apiserver"]
    assert mark in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
    assert said == "settling, 0 s, usually 5 s"


def test_the_cursor_is_given_back_after_an_error() -> None:
    console = terminal()

    def err(_: Cancellation) -> str:
        raise KeyError("a mistake")

    with Progress(console) as shown, pytest.raises(KeyError):
        carry_out([Step("etcd", err)], shown, Cancellation())
    output = console.file
    assert isinstance(output, io.StringIO)
    assert output.getvalue().rindex("\x1b[?25h") > output.getvalue().rindex("\x1b[?25l")


def test_a_dumb_terminal_gets_plain_lines() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, _environ={"TERM": "dumb"})
    with Progress(console) as shown:
        carry_out([step("etcd")], shown, Cancellation())
    assert file.getvalue() == "etcd: ready\n"
