"""PostgreSQL as a part of the sandbox: what it says when it refuses, and a killed server's lock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.parts import postgresql
from sandbox.parts.context import Context
from tests.patience import PATIENCE


def test_what_the_database_refuses_is_said_in_words(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> psycopg.Connection:
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    monkeypatch.setattr(postgresql, "_connect", refuse)
    with pytest.raises(RuntimeError) as raised:
        postgresql.part(context).settle()
    log = context.layout.logs / "postgresql.log"
    assert str(raised.value) == (
        "postgresql: the databases cannot be created: could not extend file: "
        f"No space left on device. See {log}, and run 'make up' again."
    )


@pytest.fixture
def other() -> Iterator[int]:
    """The id of a process that is no PostgreSQL."""
    process = subprocess.Popen(("sleep", "600"))
    yield process.pid
    process.kill()
    process.wait(10 * PATIENCE)


def test_the_lock_of_a_killed_server_is_not_another_process_s(tmp_path: Path, other: int) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{other}\n/data\n")
    postgresql._remove_stale_lock(lock)
    assert not lock.exists()


@pytest.mark.parametrize("content", ["", "no number\n"])
def test_a_damaged_lock_is_left_to_the_server(tmp_path: Path, content: str) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(content)
    postgresql._remove_stale_lock(lock)
    assert lock.exists()
    postgresql._remove_stale_lock(tmp_path / "none")
