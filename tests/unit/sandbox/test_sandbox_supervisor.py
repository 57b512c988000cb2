"""The real supervisor with tiny parts: what it starts, in what environment, and what it leaves."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import processes
from sandbox.errors import SandboxError
from sandbox.files import write
from sandbox.layout import Layout
from sandbox.parts.part import Part
from sandbox.processes import MARK
from sandbox.supervisor import Supervisor
from tests.patience import PATIENCE

_PYTHON = Path(sys.executable)


def until(condition: Callable[[], object]) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + 20 * PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def part(name: str, *command: str, **changes: Any) -> Part:
    known = Part(name, command or ("sleep", "600"), "", lambda: True, stop_seconds=1)
    return replace(known, **changes)


def begin(supervisor: Supervisor, wanted: Part, directory: Path) -> None:
    """Start a part as `up` does, but without waiting for it."""
    what = {
        "fingerprint": "of the test",
        "command": wanted.command,
        "environment": dict(wanted.environment),
        "directory": str(directory),
    }
    write(supervisor.folder / f"{wanted.name}.json", json.dumps(what))
    supervisor.start(wanted.name)


def pid(supervisor: Supervisor, name: str) -> int:
    known = supervisor.processes().get(name)
    return known.pid if known else 0


def end_all(layout: Layout) -> None:
    # The supervisor first, or it would start the others again.
    killed = [*marked_supervisor(layout), *processes.marked(layout)]
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    until(lambda: all(is_over(process) for process in killed))


def is_over(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def marked_supervisor(layout: Layout) -> list[psutil.Process]:
    pid = Supervisor(layout, _PYTHON).pid()
    return [process for process in processes.marked(layout) if process.pid == pid]


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    layout.folder(layout.root)
    yield Supervisor(layout, _PYTHON)
    end_all(layout)


_TELL = """
import json, os, sys, time
with open("told.new", "w") as file:
    json.dump({"argv": sys.argv[1:], "environ": dict(os.environ), "cwd": os.getcwd()}, file)
os.rename("told.new", "told")
print("it's 100%, \\"told\\"", flush=True)
time.sleep(600)
"""


def test_a_part_gets_its_own_words_and_nothing_foreign(
    supervisor: Supervisor, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = (
        *("AIRFLOW_HOME", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "PGHOST"),
        *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "FIELDDAY_SANDBOX_ROOT", "HELM_NAMESPACE"),
        *("KUBERNETES_SERVICE_HOST", "ETCD_NAME", "ETCDCTL_ENDPOINTS"),
    )
    for name in foreign:
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("KEPT", '100%(x)s of $HOME; it\'s "kept"')
    arguments = ("a b", "100%(x)s %d", "it's", '"$HOME"', "; rm -rf", "ü\nnew line", "")
    wanted = part(
        "tell",
        *(sys.executable, "-c", _TELL, *arguments),
        environment={"SECRET": "%s' \";\n", "PYTHONPATH": "/its own"},
    )
    supervisor.ensure([wanted])
    directory = layout.folder(layout.data / "100% its own; folder")
    begin(supervisor, wanted, directory)
    until((directory / "told").exists)
    told = json.loads((directory / "told").read_text())
    assert told["argv"] == list(arguments)
    assert told["cwd"] == str(directory)
    environ = told["environ"]
    assert environ["SECRET"] == "%s' \";\n"
    assert environ["PYTHONPATH"] == "/its own"
    assert environ["KEPT"] == '100%(x)s of $HOME; it\'s "kept"'
    assert environ[MARK] == str(layout.root)
    assert {name for name in foreign if name in environ} == {"PYTHONPATH"}
    until(lambda: 'it\'s 100%, "told"\n' in (layout.logs / "tell.log").read_text())
    # Neither where everybody who may list processes sees it, nor in the configuration.
    assert "SECRET" not in (supervisor.folder / "supervisord.conf").read_text()
    assert (supervisor.folder / "tell.json").stat().st_mode & 0o777 == 0o600


def test_other_parts_are_not_touched_by_a_change(supervisor: Supervisor, layout: Layout) -> None:
    parts = [part(name) for name in ("stays", "changes", "goes")]
    supervisor.ensure(parts)
    for each in parts:
        begin(supervisor, each, layout.root)
    before = {name: process.pid for name, process in supervisor.processes().items()}
    owner = supervisor.pid()
    assert 0 not in (*before.values(), owner)

    supervisor.ensure([part("stays"), part("changes", stop_signal="INT"), part("comes")])
    after = {name: process.pid for name, process in supervisor.processes().items()}
    assert after == {"stays": before["stays"], "changes": 0, "comes": 0}
    assert supervisor.pid() == owner
    begin(supervisor, part("comes"), layout.root)
    assert pid(supervisor, "comes")
    # The command is no affair of the supervisor's: that is for whoever starts parts.
    supervisor.ensure([part("stays", "sleep", "1"), part("changes", stop_signal="INT")])
    assert pid(supervisor, "stays") == before["stays"]


def test_a_change_that_was_cut_short_is_made_up_for(
    supervisor: Supervisor, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.ensure([part("one")])

    def interrupt(_: Supervisor) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # Between the new configuration and telling the supervisor of it.
        patch.setattr(Supervisor, "_reload", interrupt)
        with pytest.raises(KeyboardInterrupt):
            supervisor.ensure([part("one"), part("two")])
    supervisor.ensure([part("one"), part("two")])
    assert set(supervisor.processes()) == {"one", "two"}


def test_a_part_that_will_not_end_is_killed(supervisor: Supervisor, layout: Layout) -> None:
    script = 'trap "" TERM; echo deaf; while :; do sleep 600; done'
    deaf = part("deaf", "bash", "-c", script)
    supervisor.ensure([deaf])
    begin(supervisor, deaf, layout.root)
    until(lambda: "deaf" in (layout.logs / "deaf.log").read_text())
    supervisor.stop("deaf", deaf.stop_seconds)
    assert pid(supervisor, "deaf") == 0
    # Nor does what it started outlive it.
    assert processes.marked(layout) == marked_supervisor(layout)
    supervisor.shutdown()
    until(lambda: not processes.marked(layout))


def test_a_part_that_it_does_not_have_cannot_be_started(supervisor: Supervisor) -> None:
    supervisor.ensure([])
    with pytest.raises(SandboxError, match=r"^none: the supervisor cannot start it: .*BAD_NAME"):
        supervisor.start("none")


def test_a_program_that_is_not_there_is_named_in_the_log(
    supervisor: Supervisor, layout: Layout
) -> None:
    wanted = part("gone", "/no/such program")
    supervisor.ensure([wanted])
    begin(supervisor, wanted, layout.root)
    log = layout.logs / "gone.log"
    until(lambda: log.exists() and "cannot be started" in log.read_text())
    assert "gone: /no/such program cannot be started: [Errno 2]" in log.read_text()


def test_without_a_supervisor_there_is_nothing(supervisor: Supervisor) -> None:
    assert supervisor.pid() == 0
    assert supervisor.processes() == {}
    supervisor.shutdown()


def test_one_that_cannot_be_started_is_said(layout: Layout) -> None:
    layout.folder(layout.root)
    script = layout.root / "python"
    script.write_text("#!/bin/sh\necho 'No module named supervisor' >&2\nexit 1\n")
    script.chmod(0o700)
    with pytest.raises(SandboxError, match="supervisor: cannot be started: No module named"):
        Supervisor(layout, script).ensure([])


def test_a_checkout_with_a_long_path_has_a_supervisor(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("long " * 20) / "checkout" / ".sandbox")
    layout.folder(layout.root)
    found = Supervisor(layout, _PYTHON)
    assert len(os.fsencode(layout.root / "run" / "supervisor.sock")) > 107
    try:
        found.ensure([part("one")])
        begin(found, part("one"), layout.root)
        assert pid(found, "one")
        assert layout.run.stat().st_mode & 0o777 == 0o700
    finally:
        end_all(layout)
        shutil.rmtree(layout.run, ignore_errors=True)
