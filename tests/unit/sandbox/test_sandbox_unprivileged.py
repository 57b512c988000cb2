"""Running PostgreSQL's programs as another user than root, and whose its files are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.parts import unprivileged
from sandbox.parts.unprivileged import UNPRIVILEGED_ID, UnprivilegedError, command_prefix, own

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """What was found out for one program is remembered."""
    unprivileged._root_prefix.cache_clear()
    yield
    unprivileged._root_prefix.cache_clear()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    found = tmp_path / "it's data"
    (found / "base").mkdir(parents=True)
    (found / "base" / "1").touch()
    (found / "link").symlink_to("/etc/hostname")
    return found


def become(monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)


def test_a_plain_user_needs_nothing(monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    become(monkeypatch, tree.stat().st_uid or 1000)
    assert command_prefix(Path("/no/such")) == ()


def test_a_plain_user_s_own_files_are_right(monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tree, 1000, 1000)
    become(monkeypatch, tree.stat().st_uid)
    own(tree)


def test_what_a_run_as_root_left_is_said_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, tree: Path
) -> None:
    owner = tree.stat().st_uid
    become(monkeypatch, owner + 1000)
    with pytest.raises(UnprivilegedError) as raised:
        own(tree)
    problem, _, fix = str(raised.value).partition(" As root: ")
    assert problem == f"postgresql: {tree} belongs to user {owner}, left by a run as root."
    # It can be pasted, whatever is in the path.
    words = subprocess.run(
        ("sh", "-c", f"printf '%s\\n' {fix}"), capture_output=True, text=True, check=True
    )
    assert words.stdout.splitlines() == ["chown", "-R", str(owner + 1000), str(tree)]


@needs_root
def test_root_gives_everything_to_the_other_user(tree: Path) -> None:
    before = Path("/etc/hostname").stat().st_uid
    own(tree)
    for path in (tree, *tree.rglob("*")):
        assert path.lstat().st_uid == UNPRIVILEGED_ID
    assert Path("/etc/hostname").stat().st_uid == before


@needs_root
def test_giving_goes_on_where_it_was_cut_short(monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    given: list[Path] = []
    chown = os.chown

    def chown_one(path: Path, *arguments: int, follow_symlinks: bool) -> None:
        if given:
            raise KeyboardInterrupt
        given.append(path)
        chown(path, *arguments, follow_symlinks=follow_symlinks)

    with monkeypatch.context() as patch:
        patch.setattr(os, "chown", chown_one)
        with pytest.raises(KeyboardInterrupt):
            own(tree)
    own(tree)
    assert {path.lstat().st_uid for path in (tree, *tree.rglob("*"))} == {UNPRIVILEGED_ID}


@needs_root
def test_as_root_a_program_runs_as_the_other_user(tree: Path) -> None:
    prefix = command_prefix(Path("/bin/true"))
    result = subprocess.run((*prefix, "id", "-u"), capture_output=True, text=True, check=True)
    assert result.stdout == f"{UNPRIVILEGED_ID}\n"
    # Also below a folder that is closed to it.
    tree.chmod(0o700)
    subprocess.run((*prefix, "ls", str(tree / "base")), check=True, stdout=subprocess.DEVNULL)


def fake_setpriv(folder: Path, script: str) -> str:
    path = folder / "setpriv"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


def test_root_without_setpriv_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnprivilegedError, match=r"setpriv is missing\. Install util-linux\.$"):
        command_prefix(Path("/bin/true"))


def test_root_that_may_not_is_told_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    become(monkeypatch, 0)
    script = "echo 'setpriv: setting securebits failed: Operation not permitted' >&2; exit 1"
    monkeypatch.setenv("PATH", fake_setpriv(tmp_path, script))
    with pytest.raises(UnprivilegedError, match=r"not permitted\. Run as a plain user, or give"):
        command_prefix(Path("/bin/true"))
