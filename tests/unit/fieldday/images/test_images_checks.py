"""Lint and unit tests of small sources, with the real tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldday.images.checks import run_checks
from fieldday.processes import CommandMissing

GOOD_TEST = "def test_it() -> None:\n    assert 1 + 1 == 2\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(GOOD_TEST)
    settings = '[tool.pytest.ini_options]\nmarkers = ["sandbox: x"]\n'
    (tmp_path / "pyproject.toml").write_text(
        settings + 'asyncio_default_fixture_loop_scope = "function"\n'
    )
    return tmp_path


def test_a_good_source_passes_and_nothing_is_written_into_it(source: Path) -> None:
    before = sorted(source.rglob("*"))
    report = run_checks(source)
    assert report.passed, report.text
    assert report.text == ""
    assert [check["name"] for check in report.to_dict()["checks"]] == [
        "lint",
        "format",
        "unit tests",
    ]
    assert "1 passed" in report.checks[2].text
    assert sorted(source.rglob("*")) == before


def test_each_failure_is_said(source: Path) -> None:
    (source / "bad.py").write_text("import os\nx = 'y'\n")
    (source / "tests" / "test_it.py").write_text(GOOD_TEST.replace("2", "3", 1))
    report = run_checks(source)
    assert not report.passed
    assert "lint: " in report.text
    assert "F401" in report.text
    assert "bad.py" in next(c.text for c in report.checks if c.name == "format")
    assert "assert" in report.text


def test_no_tests_are_not_passed_over(source: Path) -> None:
    (source / "tests" / "test_it.py").unlink()
    assert "unit tests: there are none." in run_checks(source).text


def test_a_sources_tests_see_none_of_our_secrets(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their words go into the log and the record, and the source may be anybody's."""
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "correct-horse")
    (source / "tests" / "test_it.py").write_text(
        "import os\n\n\ndef test_it() -> None:\n"
        '    assert os.environ.get("AIRFLOW__API_AUTH__JWT_SECRET") is None, dict(os.environ)\n'
    )
    report = run_checks(source)
    assert report.passed, report.text
    assert "correct-horse" not in str(report.to_dict())


def test_a_source_has_its_own_checks(source: Path) -> None:
    (source / "build.yaml").write_text(
        "files: [tests]\nentrypoint: [server]\n"
        "checks: {vet: [sh, -c, 'echo all is well'], test: [sh, -c, 'echo two is three; exit 5']}\n"
    )
    report = run_checks(source)
    assert [(check.name, check.passed, check.text) for check in report.checks] == [
        ("vet", True, "all is well"),
        ("test", False, "two is three"),
    ]


def test_a_check_whose_program_is_not_there_did_not_pass(source: Path) -> None:
    (source / "build.yaml").write_text(
        "files: [tests]\nentrypoint: [server]\nchecks: {test: [no-such-program]}\n"
    )
    with pytest.raises(CommandMissing, match="no-such-program: not found"):
        run_checks(source)


_READS_ALL = """\
from pathlib import Path


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_it() -> None:
    assert read(Path("/proc/self/environ"))
    every = Path("/proc").glob("[0-9]*/environ")
    assert [path for path in every if b"PLANTED=" in read(path)] == []
"""


def test_a_sources_tests_can_not_read_other_processes(source: Path) -> None:
    """Neither that of the task, nor of what started it: all have the worker's secrets."""
    (source / "tests" / "test_it.py").write_text(_READS_ALL)
    script = (
        "import sys; from pathlib import Path; from fieldday.images.checks import run_checks; "
        "report = run_checks(Path(sys.argv[1])); assert report.passed, report.text"
    )
    subprocess.run(
        ("sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", script, source),
        env={**os.environ, "PLANTED": "correct-horse", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        timeout=60,
    )
