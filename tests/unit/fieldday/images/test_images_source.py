"""What of a source counts, and the version that its content makes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Invalid
from fieldday.images.source import check, files, source_version
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


def test_whether_a_file_is_executable_counts(source: Path) -> None:
    before = source_version(source)
    (source / "reference" / "__main__.py").chmod(0o755)
    assert source_version(source) != before


@pytest.mark.parametrize("target", ["/proc/self/environ", "../../outside"])
def test_a_link_that_leads_out_is_refused(source: Path, target: str) -> None:
    """The worker's secrets would become part of an image."""
    source.with_name("outside").write_text("secret")
    (source / "reference" / "link").symlink_to(target)
    with pytest.raises(Invalid, match="source: reference/link is a link that leads out of"):
        source_version(source)
    (source / "reference" / "link").unlink()
    (source / "reference" / "link").symlink_to("__main__.py")
    assert Path("reference/link") in files(source)


def test_a_source_without_a_declaration_needs_what_the_reference_service_has(
    tmp_path: Path, source: Path
) -> None:
    check(source)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Invalid, match=r"source: .*empty has no Dockerfile\. Add it, or say in"):
        check(empty)


def test_a_declared_source_needs_what_it_declares(source: Path) -> None:
    declare(source, files=["server", "static"])
    with pytest.raises(Invalid, match=r"source: .* has no server"):
        check(source)
    (source / "static").mkdir()
    (source / "static" / "page.html").write_text("<p>")
    (source / "server").write_bytes(b"\x7fELF\xff")
    check(source)
    assert [path.as_posix() for path in files(source)] == [
        "Dockerfile",
        "build.yaml",
        "server",
        "static/page.html",
    ]
    declare(source, files=["static"], requirements="more.txt")
    with pytest.raises(Invalid, match=r"source: .* has no more\.txt"):
        check(source)
    (source / "static" / "page.html").unlink()
    declare(source, files=["static"])
    with pytest.raises(Invalid, match="has nothing for the image"):
        check(source)


def test_all_of_a_source(source: Path) -> None:
    declare(source, files=["."])
    assert [os.fspath(path) for path in files(source)] == [
        "Dockerfile",
        "build.yaml",
        "reference/__main__.py",
        "requirements.txt",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not YAML, line 1"),
        ("", "it: Input should be"),
        ("entrypoint: [a]\nchecks: {a: [b]}", "files: Field required"),
        ("files: [a]\nentrypoint: a\nchecks: {a: [b]}", "entrypoint: Input should be"),
        ("files: [a]\nentrypoint: [a]\nchecks: {a: [b]}\nenv: {}", "env: Unexpected"),
        ("files: [a]\nentrypoint: [a]\nchecks: {}", "names no checks"),
        ("files: [a]\nentrypoint: []\nchecks: {a: [b]}", "names no entrypoint"),
        ("files: [a]\nentrypoint: [a]\nchecks: {a: []}", "the check 'a' has no command"),
        ("files: [../a]\nentrypoint: [a]\nchecks: {a: [b]}", "'../a' is not a path below"),
        ("files: [/etc]\nentrypoint: [a]\nchecks: {a: [b]}", "'/etc' is not a path below"),
        ("files: ['']\nentrypoint: [a]\nchecks: {a: [b]}", "'' is not a path below"),
    ],
)
def test_a_wrong_declaration_is_said(source: Path, text: str, problem: str) -> None:
    (source / "build.yaml").write_text(text)
    with pytest.raises(Invalid) as caught:
        check(source)
    assert caught.value.field == "source"
    assert f"build.yaml: {problem}" in caught.value.problem
    assert str(caught.value).isprintable()


def declare(source: Path, **spec: Any) -> None:
    content = {"entrypoint": ["/app/server"], "checks": {"test": ["true"]}, **spec}
    # JSON is YAML.
    (source / "build.yaml").write_text(json.dumps(content))
