"""What of a source counts, and the version that its content makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldday.images.source import files, source_version
from fieldday.releases.request import VERSION_PATTERN


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "__main__.py").write_text("print()\n")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


def test_caches_tests_and_hidden_files_do_not_count(source: Path) -> None:
    before = source_version(source)
    (source / "tests").mkdir()
    (source / "tests" / "test_it.py").write_text("")
    (source / "reference" / "__pycache__").mkdir()
    (source / "reference" / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"x")
    (source / "reference" / "x.pyc").write_bytes(b"x")
    (source / "reference" / ".hidden").write_text("x")
    assert source_version(source) == before
    assert [path.as_posix() for path in files(source)] == [
        "Dockerfile",
        "reference/__main__.py",
        "requirements.txt",
    ]


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt", "reference/__main__.py"])
def test_a_change_of_content_is_another_version(source: Path, name: str) -> None:
    before = source_version(source)
    (source / name).write_text("changed\n")
    assert source_version(source) != before


def test_moving_content_between_files_is_another_version(source: Path) -> None:
    (source / "reference" / "a.py").write_text("xy")
    (source / "reference" / "b.py").write_text("")
    before = source_version(source)
    (source / "reference" / "a.py").write_text("x")
    (source / "reference" / "b.py").write_text("y")
    assert source_version(source) != before


def test_the_version_is_one_that_a_release_accepts(source: Path) -> None:
    assert re.fullmatch(VERSION_PATTERN, source_version(source))
