"""Files: whole or not there, for their owner only, also with an odd umask or a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.files import locked, read_json, write
from sandbox.layout import CHECKOUT
from tests.patience import PATIENCE


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask 000", "umask 022", "umask 077"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_mode_is_the_one_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "made" / "secret", "x")
    write(tmp_path / "program", "x", mode=0o755)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "made" / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "program").stat().st_mode & 0o777 == 0o755


def test_a_file_that_is_so_already_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write(path, "one")
    inode = path.stat().st_ino
    assert not write(path, b"one")
    assert path.stat().st_ino == inode
    assert write(path, "two")
    assert path.read_text() == "two"


def test_a_mode_that_somebody_widened_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write(path, "x")
    path.chmod(0o644)
    assert write(path, "x")
    assert path.stat().st_mode & 0o777 == 0o600


# The kernel refuses to let a file grow beyond the limit, in the midst of the writing.
_LIMITED = """
import pathlib, resource, signal, sys
from sandbox.files import write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write(pathlib.Path(sys.argv[1]), b"n" * 1_000_000)
except OSError:
    sys.exit(3)
"""


def test_without_room_the_old_file_stays_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write(path, "old")
    command = (sys.executable, "-c", _LIMITED, str(path))
    assert subprocess.run(command, check=False, cwd=CHECKOUT).returncode == 3
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_meet_the_old_content_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    write(path, contents[0])
    ended = threading.Event()
    met: set[bytes] = set()

    def read() -> None:
        while not ended.is_set():
            met.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        write(path, contents[number % 2])
    ended.set()
    reader.join()
    assert met <= set(contents)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"\0\0\0\0"])
def test_damaged_json_is_said_with_the_mend_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ports.json"
    path.write_bytes(content)
    with pytest.raises(SandboxError, match=r"ports\.json: is damaged .*make down PURGE=1"):
        read_json(path)
    assert path.read_bytes() == content


def test_json_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") == {}


_HOLDER = """
import pathlib, sys
from sandbox.files import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_against_others_until_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "made" / "lock"
    with subprocess.Popen(
        (sys.executable, "-c", _HOLDER, str(path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert path.stat().st_mode & 0o777 == 0o600

        class GivenUpError(Exception):
            """Raised by a waiter that has waited long enough."""

        def give_up(_: float) -> None:
            raise GivenUpError

        with pytest.raises(GivenUpError), locked(path, give_up):
            pytest.fail("the lock was given to two")

        def kill(_: float) -> None:
            holder.kill()
            holder.wait(10 * PATIENCE)

        with locked(path, kill):
            pass
