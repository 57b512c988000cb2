"""The command line: what it says, and its exit codes."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import cli
from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.airflow_settings import USERS
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def here(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The commands are about this sandbox."""
    monkeypatch.setenv("FIELDDAY_SANDBOX_ROOT", str(layout.root))
    return layout


def raising(error: BaseException) -> Callable[..., None]:
    def raise_it(*_: object) -> None:
        raise error

    return raise_it


def up_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The exit code of `up` when bringing the parts up ends so."""
    monkeypatch.setattr(cli, "up", raising(error))
    return cli.main(["up"])


def test_an_error_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "etcd: [bold]x[/] is at :key: 100%. " + "A long line is not broken. " * 10
    assert up_that_raises(monkeypatch, SandboxError(text)) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", text + "\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/x/data"),
            "/x/data: the disk is full. Free some space and run the same command; "
            "it resumes from there.",
        ),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            "the sandbox: the disk is full. Free some space and run the same command; "
            "it resumes from there.",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/pki"),
            "/x/pki: permission denied. Run as the user whom it belongs to.",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/x/y"),
            "/x/y: Read-only file system.",
        ),
        (TimeoutError("timed out"), "the sandbox: timed out."),
    ],
)
def test_what_the_system_refuses_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    said: str,
) -> None:
    assert up_that_raises(monkeypatch, error) == 1
    assert capsys.readouterr().err == said + "\n"


def test_ctrl_c_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert up_that_raises(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == (
        "Interrupted. Run the same command to resume, or 'make down' to stop what was started.\n"
    )


def test_a_mistake_in_the_code_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (KeyError("typo"), RuntimeError()):
        with pytest.raises(type(error)):
            up_that_raises(monkeypatch, error)


def test_up_says_where_everything_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], here: Layout
) -> None:
    monkeypatch.setattr(cli, "up", lambda *_: None)
    here.folder(here.root)
    here.env_file.write_text("export FOUND=yes\n")
    for folder in (here.root.parent, Path("/")):
        monkeypatch.chdir(folder)
        assert cli.main(["up"]) == 0
        shown = capsys.readouterr().out
        assert Context.of(here).ports.url("airflow") in shown
        match = re.search(r"in a shell: (.*)", shown)
        assert match is not None
        # It can be pasted, whatever is in the path.
        script = f'{match[1]} && echo "$FOUND"'
        result = subprocess.run(("bash", "-c", script), capture_output=True, text=True, check=True)
        assert result.stdout == "yes\n"


# -- status ------------------------------------------------------------------------------------


def test_status_as_json_has_the_promised_shape(
    capsys: pytest.CaptureFixture[str], here: Layout
) -> None:
    assert cli.main(["status", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    context = Context.of(here)
    assert found["ready"] is False
    assert found["memory"] == 0
    assert found["users"] == {user: context.secrets[f"airflow-{user}"] for user in USERS}
    assert found["parts"] == [
        {"part": part.name, "state": "stopped", "address": part.address, "memory": 0, "pid": 0}
        for part in all_parts(context)
    ]


def test_status_shows_people_every_part_and_user(
    capsys: pytest.CaptureFixture[str], here: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["status"]) == 0
    shown = capsys.readouterr().out
    context = Context.of(here)
    for part in all_parts(context):
        assert re.search(rf"^{part.name} +stopped +{re.escape(part.address)}", shown, re.MULTILINE)
    for user in USERS:
        assert re.search(rf"^{user} +{context.secrets[f'airflow-{user}']}", shown, re.MULTILINE)


def environment(here: Layout) -> dict[str, str]:
    """A user's shell's, where Python buffers its output."""
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return {**plain, "FIELDDAY_SANDBOX_ROOT": str(here.root)}


def sandbox_command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "sandbox", *arguments)


@pytest.mark.parametrize("arguments", [("status", "--json"), ("status",)])
def test_whoever_reads_may_stop_reading(here: Layout, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        sandbox_command(*arguments),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env=environment(here),
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


def test_up_of_an_unknown_part_names_the_known(
    capsys: pytest.CaptureFixture[str], here: Layout
) -> None:
    assert cli.main(["up", "nodes"]) == 1
    assert "nodes: there is no such part. There are etcd, kube-" in capsys.readouterr().err
    # Nothing was begun.
    assert not here.pki.exists()


# -- logs --------------------------------------------------------------------------------------


def test_logs_of_an_unknown_part_name_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["logs", "kubelet"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("kubelet: there is no such part. There are etcd, kube-apiserver, ")
    assert shown.endswith("airflow-triggerer, supervisor.\n")


def test_without_logs_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["logs"], ["logs", "etcd"]):
        assert cli.main(arguments) == 1
        assert capsys.readouterr().err == ("logs: nothing has been started yet. Run 'make up'.\n")


def test_logs_of_one_part_and_of_all(capfd: pytest.CaptureFixture[str], here: Layout) -> None:
    here.folder(here.logs)
    for name in ("etcd", "supervisor", "unknown"):
        (here.logs / f"{name}.log").write_text("".join(f"{name} {n}\n" for n in range(150)))
    assert cli.main(["logs", "etcd"]) == 0
    assert capfd.readouterr().out.splitlines() == [f"etcd {n}" for n in range(50, 150)]
    assert cli.main(["logs"]) == 0
    shown = capfd.readouterr().out
    assert "etcd 149\n" in shown
    assert "supervisor 149\n" in shown
    assert "unknown" not in shown


def test_who_follows_a_log_ends_it_with_ctrl_c_or_by_going_away(here: Layout) -> None:
    here.folder(here.logs)
    (here.logs / "etcd.log").write_text("a line\n" * 100)
    with subprocess.Popen(
        sandbox_command("logs", "-f", "etcd"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=environment(here),
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a line\n"
        # As a terminal does: to all in the foreground.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20 * PATIENCE)
    assert (process.returncode, said) == (130, "")

    (here.logs / "etcd.log").write_text(f"{'long' * 10_000}\n" * 100)
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        sandbox_command("logs", "etcd"),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        cwd=CHECKOUT,
        env=environment(here),
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


# -- the parser --------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["start"], ["logs", "a", "b"]])
def test_a_command_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2
    assert "usage: python -m sandbox" in capsys.readouterr().err
