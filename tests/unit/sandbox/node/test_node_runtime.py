"""Processes, logs and roots: what is kept on the machine."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.node import adoption, process, rootfs
from sandbox.node.logs import LogFile, LogKeeper
from sandbox.node.shim import Shim
from sandbox.node.state import ContainerState, Running, Terminated, Waiting
from tests.patience import PATIENCE

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "FIELDDAY_TEST": "node"}


def start(folder: Path, script: str) -> Shim:
    return Shim.start(
        ["/bin/sh", "-c", script],
        environment=ENVIRONMENT,
        directory=folder,
        log=folder / "0.log",
        result=folder / "exit",
    )


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)])
async def test_the_exit_code_is_kept(script: str, code: int, tmp_path: Path) -> None:
    shim = start(tmp_path, script)
    assert await shim.wait() == code
    # For a node that was away when the process ended.
    assert adoption.ending(tmp_path / "exit")[0] == code


async def test_output_of_both_kinds_is_in_the_log_and_nothing_else(tmp_path: Path) -> None:
    shim = start(tmp_path, "echo out; echo err >&2; kill -TERM $$")
    assert await shim.wait() == 143
    assert (tmp_path / "0.log").read_text() == "out\nerr\n"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5 * PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process's doing, which sends no event
            await asyncio.sleep(0.01)


async def test_a_signal_reaches_the_process_and_not_the_shim(tmp_path: Path) -> None:
    shim = start(tmp_path, "trap 'exit 5' TERM; touch up; while :; do sleep 0.02; done")
    await until((tmp_path / "up").exists)
    shim.signal(signal.SIGTERM)
    assert await shim.wait() == 5


async def test_a_process_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    shim = start(tmp_path, "trap '' TERM; touch up; while :; do sleep 0.02; done")
    await until((tmp_path / "up").exists)
    shim.signal(signal.SIGTERM)
    shim.signal(signal.SIGKILL)
    assert await shim.wait() == 137


async def test_what_the_process_leaves_behind_is_ended(tmp_path: Path) -> None:
    shim = start(tmp_path, "sleep 60 & echo $! > left; exit 0")
    assert await shim.wait() == 0
    left = int((tmp_path / "left").read_text())
    found = process.stat(left)
    assert found is None or found.state == "Z"


async def test_a_running_process_is_adopted_by_pid_and_start(tmp_path: Path) -> None:
    first = start(tmp_path, "touch up; sleep 60")
    await until((tmp_path / "up").exists)
    assert Shim.adopt(first.pid, first.started + 1, tmp_path / "exit") is None
    second = Shim.adopt(first.pid, first.started, tmp_path / "exit")
    assert second is not None
    found = adoption.launch_of(second.pid, 2)
    assert found.environment["FIELDDAY_TEST"] == "node"
    assert (found.directory, found.stop_signal) == (tmp_path, 2)
    assert list(process.marked({"FIELDDAY_TEST": "node", "PATH": "/usr/bin:/bin"}))
    second.signal(signal.SIGTERM)
    assert await first.wait() == 143
    assert await second.wait() == 143
    assert Shim.adopt(first.pid, first.started, tmp_path / "exit") is None


async def test_memory_and_cpu_are_those_of_the_whole_tree(tmp_path: Path) -> None:
    shim = start(tmp_path, "sh -c 'touch up; while :; do :; done' & wait")
    await until((tmp_path / "up").exists)
    await until(lambda: process.usage(shim.pid)[1] >= 0.05)
    memory, _ = process.usage(shim.pid)
    assert memory > 500_000
    shim.signal(signal.SIGKILL)
    await shim.wait()


def test_a_process_that_is_gone_has_no_stat() -> None:
    assert process.stat(2**22 + 1) is None
    assert process.children(2**22 + 1) == []
    assert process.environment(2**22 + 1) == {}
    assert not process.is_running(os.getpid(), 0)


# --- logs --------------------------------------------------------------------------------------


def written(folder: Path, *pieces: bytes) -> LogFile:
    """A log that was looked at after each piece."""
    path = folder / "0.log"
    log = LogFile(path)
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        log.notice()
        time.sleep(0.002)
    return log


def lines(log: LogFile, offset: int, *, partial: bool = True) -> list[bytes]:
    with log.path.open("rb") as file:
        return [line for _, line in log.lines(file, offset, partial=partial)]


@given(
    text=st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b), max_size=30),
    finished=st.booleans(),
    number=st.integers(0, 35),
)
@settings(max_examples=60)
def test_the_last_lines(
    tmp_path_factory: pytest.TempPathFactory, text: list[bytes], finished: bool, number: int
) -> None:
    content = b"\n".join(text) + (b"\n" if finished and text else b"")
    log = written(tmp_path_factory.mktemp("log"), content)
    found = lines(log, log.tail(number))
    split = content.split(b"\n")
    wanted = [part + b"\n" for part in split[:-1]] + ([split[-1]] if split[-1] else [])
    assert found == wanted[max(len(wanted) - number, 0) :]


def test_lines_since_a_time(tmp_path: Path) -> None:
    log = written(tmp_path, b"one\ntwo\n", b"three\n", b"four\n")
    later = log.time_at(len(b"one\ntwo\n"))
    assert lines(log, log.since(later)) == [b"three\n", b"four\n"]
    assert lines(log, log.since(0)) == [b"one\n", b"two\n", b"three\n", b"four\n"]
    assert lines(log, log.since(time.time_ns() + 10**9)) == []


def test_a_line_in_two_pieces_is_given_whole(tmp_path: Path) -> None:
    log = written(tmp_path, b"one\nhal", b"f\n")
    assert lines(log, 4) == [b"half\n"]
    assert lines(log, 4, partial=False) == [b"half\n"]
    with log.path.open("ab") as file:
        file.write(b"unfinished")
    assert lines(log, 9, partial=False) == []
    assert lines(log, 9, partial=True) == [b"unfinished"]


def test_times_survive_a_restart(tmp_path: Path) -> None:
    log = written(tmp_path, b"one\n", b"two\n")
    again = LogFile(log.path)
    assert [again.time_at(n) for n in (0, 4)] == [log.time_at(n) for n in (0, 4)]


def test_a_long_log_loses_its_older_half_while_it_is_written(tmp_path: Path) -> None:
    line = b"x" * 99 + b"\n"
    log = written(tmp_path, *[line * 100] * 30)
    with log.path.open("ab") as writer:
        log.trim(200_000)
        writer.write(b"after\n")
    log.notice()
    assert 100_000 <= log.size - log.start <= 110_000
    kept = lines(log, log.start)
    assert set(kept[:-1]) == {line}
    assert kept[-1] == b"after\n"
    # The blocks are the disk's again.
    assert log.path.stat().st_blocks * 512 < 150_000
    assert LogFile(log.path).start == log.start
    assert log.line_start(5) == log.start


def test_the_keeper_knows_what_goes_on(tmp_path: Path) -> None:
    keeper = LogKeeper(1000)
    path = tmp_path / "0.log"
    assert keeper.find(path) is None
    path.write_bytes(b"a\n")
    keeper.open(path)
    assert keeper.is_open(path)
    keeper.close(path)
    assert not keeper.is_open(path)
    found = keeper.find(path)
    assert found is not None
    assert lines(found, 0) == [b"a\n"]


# --- roots -------------------------------------------------------------------------------------


@pytest.fixture
def image(tmp_path: Path) -> Path:
    folder = tmp_path / "image"
    (folder / "app/lib").mkdir(parents=True)
    (folder / "app/main.py").write_text("code")
    (folder / "app/lib/native.so.1").write_text("binary")
    (folder / "app/data.txt").write_text("data")
    (folder / "app/link").symlink_to("data.txt")
    rootfs.seal(folder, tmp_path / "seal.json")
    return folder


def test_a_root_is_like_its_image(image: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    rootfs.make(image, root)
    rootfs.make(image, root)
    assert (root / "app/main.py").read_text() == "code"
    assert (root / "app/link").readlink() == Path("data.txt")
    assert (root / "tmp").is_dir()


def test_a_pod_that_writes_to_its_files_changes_no_other(image: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    rootfs.make(image, root)
    (root / "app/data.txt").write_text("changed")
    (root / "app/main.py").unlink()
    (root / "app/__pycache__").mkdir()
    assert (image / "app/data.txt").read_text() == "data"
    assert (image / "app/main.py").read_text() == "code"
    assert rootfs.intact(image, tmp_path / "seal.json")


def test_code_is_shared_and_a_write_to_it_is_found_out(image: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    rootfs.make(image, root)
    assert (root / "app/main.py").stat().st_ino == (image / "app/main.py").stat().st_ino
    with (root / "app/lib/native.so.1").open("a") as file:
        file.write("more")
    assert not rootfs.intact(image, tmp_path / "seal.json")


def test_a_read_only_root_is_the_image_but_for_what_is_its_own(image: Path, tmp_path: Path) -> None:
    (image / "tmp").mkdir()
    (image / "tmp/left").write_text("by the image")
    root = tmp_path / "root"
    for _ in range(2):
        rootfs.share(image, root, ["/app/cache", "/etc/app"])
    assert (root / "app/lib").readlink() == image / "app/lib"
    assert (root / "app/link").read_text() == "data"
    for own in (root, root / "app", root / "tmp"):
        assert not own.is_symlink()
        (own / "written").write_text("by the pod")
    (root / "app/cache").mkdir()
    assert not list(image.rglob("written"))
    assert not (image / "app/cache").exists()


def test_a_mount_is_put_into_no_image(image: Path, tmp_path: Path) -> None:
    """Where the image leads elsewhere, as from /var/run to /run, the pod gets its own copy."""
    (image / "run").mkdir()
    (image / "var").mkdir()
    (image / "var/run").symlink_to("../run")
    root = tmp_path / "root"
    rootfs.share(image, root, ["/var/run/secrets/token"])
    (root / "var/run/secrets").mkdir()
    assert (root / "run/secrets").is_dir()
    assert list((image / "run").iterdir()) == []


def test_a_write_to_a_shared_folder_is_found_out(image: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    rootfs.share(image, root, ["/app"])
    assert rootfs.intact(image, tmp_path / "seal.json")
    (root / "app/data.txt").write_text("changed")
    assert not rootfs.intact(image, tmp_path / "seal.json")


# --- state -------------------------------------------------------------------------------------

ENDED = Terminated(3, "Error", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "fieldday://1", "m")


@pytest.mark.parametrize(
    "state",
    [
        ContainerState("main"),
        ContainerState("main", now=Running("2026-01-01T00:00:00Z", 12, 345, 2), started=True),
        ContainerState("main", now=Waiting("CrashLoopBackOff", "why"), last=ENDED, restarts=4),
        ContainerState("main", now=ENDED, finished=True),
    ],
)
def test_a_state_is_kept_as_it_was(state: ContainerState, tmp_path: Path) -> None:
    state.save(tmp_path / "state.json")
    assert ContainerState.load(tmp_path / "state.json") == state


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "Running"}', '{"kind": "X"}'])
def test_a_broken_state_is_no_state(content: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(content)
    assert ContainerState.load(tmp_path / "state.json") is None
    assert ContainerState.load(tmp_path / "absent.json") is None
