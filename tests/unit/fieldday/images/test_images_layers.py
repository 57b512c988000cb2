"""Layers are the same bytes wherever and whenever they are made."""

from __future__ import annotations

import os
import platform
import tarfile
from pathlib import Path

import pytest

from fieldday.images import layers
from fieldday.processes import CommandFailed


def make_source(folder: Path) -> Path:
    (folder / "reference" / "inner").mkdir(parents=True)
    (folder / "reference" / "__main__.py").write_text("print()\n")
    (folder / "reference" / "inner" / "data.json").write_text("{}")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def test_the_same_code_is_the_same_layer(tmp_path: Path) -> None:
    one, two = make_source(tmp_path / "one"), make_source(tmp_path / "two")
    os.utime(one / "reference" / "__main__.py", (1, 1))
    (two / "reference" / "inner" / "data.json").chmod(0o600)
    before = os.umask(0o077)
    try:
        (tmp_path / "a").mkdir()
        first = layers.code(one, tmp_path / "a").read_bytes()
    finally:
        os.umask(before)
    (tmp_path / "b").mkdir()
    assert layers.code(two, tmp_path / "b").read_bytes() == first


def test_code_is_below_app_and_readable_by_all(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source")
    with tarfile.open(layers.code(source, tmp_path)) as archive:
        found = {member.name: member for member in archive}
    assert "app/reference/inner/data.json" in found
    assert "app/requirements.txt" not in found
    assert all(member.mode & 0o044 == 0o044 for member in found.values())
    assert {(member.uid, member.gid, member.mtime) for member in found.values()} == {(0, 0, 0)}


def test_a_program_stays_executable(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source")
    (source / "reference" / "run").write_text("#!/bin/sh\n")
    (source / "reference" / "run").chmod(0o700)
    with tarfile.open(layers.code(source, tmp_path)) as archive:
        found = {member.name: member.mode for member in archive}
    assert found["app/reference/run"] == 0o755
    assert found["app/reference/__main__.py"] == 0o644


def test_dependencies_are_made_once(tmp_path: Path) -> None:
    source, cache = make_source(tmp_path / "source"), tmp_path / "a cache"
    layer = layers.dependencies(source / "requirements.txt", cache)
    inode = layer.stat().st_ino
    assert layers.dependencies(source / "requirements.txt", cache) == layer
    assert layer.stat().st_ino == inode
    assert [path.name for path in cache.iterdir()] == [layer.name]


def test_another_python_has_a_layer_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, cache = make_source(tmp_path / "source"), tmp_path / "cache"
    found = set()
    for version in ("3.11.2", "3.11.7"):
        monkeypatch.setattr(platform, "python_version", lambda version=version: version)
        found.add(layers.dependencies(source / "requirements.txt", cache))
    assert len(found) == 2


def test_what_cannot_be_installed_leaves_nothing(tmp_path: Path) -> None:
    source, cache = make_source(tmp_path / "source"), tmp_path / "cache"
    (source / "requirements.txt").write_text("./nowhere\n")
    with pytest.raises(CommandFailed, match="must have a hash"):
        layers.dependencies(source / "requirements.txt", cache)
    assert list(cache.iterdir()) == []


def test_requirements_can_not_name_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could be part of the address of a package."""
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "correct-horse")
    source, cache = make_source(tmp_path / "source"), tmp_path / "cache"
    (source / "requirements.txt").write_text("-r ${AIRFLOW__CORE__FERNET_KEY}/more.txt\n")
    with pytest.raises(CommandFailed, match=r"more\.txt") as caught:
        layers.dependencies(source / "requirements.txt", cache)
    assert "correct-horse" not in str(caught.value)


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert layers.cache_folder() == tmp_path / "fieldday" / "layers"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "a home"))
    assert layers.cache_folder() == tmp_path / "a home" / ".cache" / "fieldday" / "layers"
