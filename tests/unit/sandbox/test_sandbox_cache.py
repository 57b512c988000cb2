"""Built programs that checkouts share: kept whole, used whole or not at all."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from sandbox.toolchain import cache

_KEY = "crane-0123456789abcdef"


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "a cache" / "tools"
    monkeypatch.setenv("FIELDDAY_TOOL_CACHE", str(found))
    return found


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    for name in ("crane", "helm"):
        (folder / name).write_text(f"#!/bin/sh\necho {name}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("shared")
def test_what_one_checkout_keeps_another_takes(built: Path, into: Path) -> None:
    assert not cache.take(_KEY, ("crane",), into)
    cache.keep(_KEY, ("crane", "helm"), built)
    assert cache.take(_KEY, ("crane", "helm"), into)
    for name in ("crane", "helm"):
        assert (into / name).read_bytes() == (built / name).read_bytes()
        assert os.access(into / name, os.X_OK)
    assert not cache.take("crane-of-another-version", ("crane",), into)


def test_only_its_owner_may_enter_it(shared: Path, built: Path) -> None:
    cache.keep(_KEY, ("crane",), built)
    assert shared.stat().st_mode & 0o777 == 0o700
    # Nothing half made stays.
    assert [path.name for path in shared.iterdir()] == [_KEY]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("crane", b"#!/bin/sh\necho something else\n"),
        ("crane", b""),
        ("crane", None),
        ("SHA256SUMS", b""),
        ("SHA256SUMS", b"0000  crane\n"),
        ("SHA256SUMS", b"nonsense"),
        ("SHA256SUMS", b"\xff\xfe\x00"),
        ("SHA256SUMS", None),
    ],
)
def test_a_damaged_entry_is_not_used_and_replaced(
    shared: Path, built: Path, into: Path, name: str, content: bytes | None
) -> None:
    cache.keep(_KEY, ("crane",), built)
    damaged = shared / _KEY / name
    damaged.unlink()
    if content is not None:
        damaged.write_bytes(content)
    assert not cache.take(_KEY, ("crane",), into)
    assert list(into.iterdir()) == []
    cache.keep(_KEY, ("crane",), built)
    assert cache.take(_KEY, ("crane",), into)


def test_it_is_copied_where_it_cannot_be_linked(
    shared: Path, built: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    cache.keep(_KEY, ("crane",), built)
    assert cache.take(_KEY, ("crane",), into)
    assert (into / "crane").read_bytes() == (built / "crane").read_bytes()
    assert (into / "crane").stat().st_ino != (shared / _KEY / "crane").stat().st_ino
    assert os.access(into / "crane", os.X_OK)


def test_without_a_place_for_it_nothing_is_kept(
    built: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for place in ("", str(tmp_path / "file"), str(tmp_path / "file" / "below")):
        monkeypatch.setenv("FIELDDAY_TOOL_CACHE", place)
        cache.keep(_KEY, ("crane",), built)
        assert not cache.take(_KEY, ("crane",), into)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_one_that_may_not_be_written_to_is_none(shared: Path) -> None:
    shared.mkdir(parents=True)
    shared.chmod(0o500)
    assert cache.folder() is None


def test_what_cannot_be_kept_whole_is_not_kept(shared: Path, built: Path) -> None:
    cache.keep(_KEY, ("crane", "none"), built)
    assert list(shared.iterdir()) == []


def test_a_relative_one_is_neither_used_nor_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIELDDAY_TOOL_CACHE", "tools")
    assert cache.folder() is None
    assert list(tmp_path.iterdir()) == []


def test_it_is_below_the_user_s_cache_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDDAY_TOOL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "fieldday" / "tools"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "my home"))
    assert cache.folder() == tmp_path / "my home" / ".cache" / "fieldday" / "tools"


def test_a_user_without_a_home_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("FIELDDAY_TOOL_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache.folder() is None
