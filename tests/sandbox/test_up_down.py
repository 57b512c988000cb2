"""The whole sandbox: up again, killed in every way, beside another one, and gone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import processes
from sandbox.demo.airflow import until
from sandbox.down import down, purge
from sandbox.layout import Layout
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from sandbox.ports import KUBELET_PORT, is_free
from sandbox.progress import Progress
from sandbox.status import status
from sandbox.supervisor import Supervisor
from sandbox.up import up
from tests.patience import PATIENCE
from tests.sandboxes import PARTS, WITHOUT_AIRFLOW

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(3600)]


def bring_up(context: Context, names: Collection[str] = ()) -> None:
    with Progress() as progress:
        up(context, progress, names)


def pids(context: Context) -> dict[str, int]:
    known = Supervisor(context.layout, context.python).processes()
    return {name: process.pid for name, process in known.items()}


def eventually(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)


def states(context: Context) -> dict[str, str]:
    return {line.part: line.state for line in status(context).lines if line.part in PARTS}


def assert_ready(context: Context, names: Collection[str] = PARTS) -> None:
    """These parts do their work, or will in a moment: one may be late on a busy machine."""
    wanted = {name: "ready" if name in names else "stopped" for name in PARTS}
    assert until(lambda: states(context) == wanted, 30 * PATIENCE), states(context)


@pytest.fixture
def healthy(sandbox: Context) -> Context:
    """The shared sandbox with all its parts, fixed if an earlier test left it unwell."""
    if not status(sandbox).is_ready:
        bring_up(sandbox)
    return sandbox


def test_up_again_changes_nothing(healthy: Context) -> None:
    before = pids(healthy)
    files = {p: p.stat().st_mtime_ns for p in healthy.layout.pki.iterdir()}
    files |= {p: p.stat().st_mtime_ns for p in healthy.layout.kubeconfigs.iterdir()}
    bring_up(healthy)
    assert pids(healthy) == before
    assert {p: p.stat().st_mtime_ns for p in files} == files


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back_by_itself(healthy: Context, name: str) -> None:
    (part,) = (part for part in all_parts(healthy) if part.name == name)
    before = pids(healthy)[name]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: pids(healthy)[name] not in (0, before))
    eventually(part.ready)


def test_everything_is_killed(healthy: Context) -> None:
    # What the supervisor starts again before it is killed itself is killed, too.
    while found := processes.marked(healthy.layout):
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=10 * PATIENCE)
    assert Supervisor(healthy.layout, healthy.python).pid() == 0
    bring_up(healthy)
    assert_ready(healthy)
    assert_no_strays(healthy)


def test_the_supervisor_alone_is_killed(healthy: Context) -> None:
    pid = Supervisor(healthy.layout, healthy.python).pid()
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait(10 * PATIENCE) if psutil.pid_exists(pid) else None
    bring_up(healthy)
    assert_ready(healthy)
    assert_no_strays(healthy)


def assert_no_strays(context: Context) -> None:
    """Nothing runs twice: all that is there was started by the one supervisor, or is a pod."""
    owner = Supervisor(context.layout, context.python).pid()
    strays = []
    for process in processes.marked(context.layout):
        # One that has exited meanwhile is none.
        with contextlib.suppress(psutil.NoSuchProcess):
            if not processes.is_pod(process) and not processes.descends(process, owner):
                strays.append(process.cmdline())
    assert strays == []


def test_a_part_that_hangs_is_started_again(healthy: Context) -> None:
    before = pids(healthy)
    os.kill(before["valkey"], signal.SIGSTOP)
    bring_up(healthy)
    after = pids(healthy)
    assert after.pop("valkey") != before.pop("valkey")
    assert after == before


def test_a_part_that_changed_is_started_again_alone(healthy: Context) -> None:
    before = pids(healthy)
    record = healthy.layout.root / "supervisor" / "moto.started"
    started = json.loads(record.read_text())
    record.write_text(json.dumps({**started, "fingerprint": "of an older version"}))
    bring_up(healthy)
    after = pids(healthy)
    assert after.pop("moto") != before.pop("moto")
    assert after == before


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Context]:
    """Another sandbox on this machine, in a folder with a space in its name."""
    context = Context.of(Layout(tmp_path / "another checkout" / ".sandbox"))
    yield context
    with Progress() as progress:
        down(context, progress)


def test_only_what_is_asked_for_comes_up(second: Context) -> None:
    bring_up(second, ["registry"])
    assert_ready(second, ["registry"])
    assert [path.name for path in second.layout.bin.glob("kube-*")] == []


def test_two_sandboxes_and_the_end_of_one(healthy: Context, second: Context) -> None:
    before = pids(healthy)
    bring_up(second, WITHOUT_AIRFLOW)
    assert_ready(second, WITHOUT_AIRFLOW)
    assert not set(healthy.ports.numbers.values()) & set(second.ports.numbers.values())
    assert healthy.block != second.block

    with Progress() as progress:
        assert down(second, progress)
        assert not down(second, progress), "there was nothing left to end"
    assert processes.marked(second.layout) == []
    assert all(is_free("127.0.0.1", port) for port in second.ports.numbers.values())
    assert is_free(f"127.{second.block}.1", KUBELET_PORT)
    assert {line.state for line in status(second).lines} == {"stopped"}
    assert pids(healthy) == before
    assert_ready(healthy)

    purge(second.layout)
    assert sorted(path.name for path in second.layout.root.iterdir()) == ["bin", "up.lock"]
    assert (second.layout.bin / "kube-apiserver").exists()
