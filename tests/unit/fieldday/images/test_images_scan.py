"""Scanning small sources, with the real scanners wherever these need no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldday.images import scanners
from fieldday.images.build import Image
from fieldday.images.scan import scan
from fieldday.images.scanners import Finding, NotScannedError, Scanner

REFERENCE = Path(__file__).parents[4] / "services" / "reference"
IMAGE = Image("api", "fieldday/api", "1.0.0", "sha256:0")
GOOD_DOCKERFILE = "FROM scratch\nCOPY reference /app/reference\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "__main__.py").write_text("VALUE = 1\n")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "Dockerfile").write_text(GOOD_DOCKERFILE)
    return tmp_path


def test_secrets_are_found_and_not_repeated(source: Path) -> None:
    assert scanners.secrets(source) == []
    key = "AKIA" + "QWERTYUIOPASDFGH"
    (source / "reference" / "keys.py").write_text(f'KEY = "{key}"\n')
    (found,) = scanners.secrets(source)
    assert found.blocks
    assert str(found) == "reference/keys.py:1: AWS Access Key"
    assert key not in str(found)


def test_dockerfile(source: Path) -> None:
    assert scanners.dockerfile(source) == []
    (source / "Dockerfile").write_text('FROM debian:latest\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n')
    found = scanners.dockerfile(source)
    assert [finding.what for finding in found if finding.blocks] == ["DL4004"]
    assert "DL3007" in [finding.what for finding in found if not finding.blocks]


def test_code(source: Path) -> None:
    assert scanners.code(source) == []
    text = "import subprocess\nsubprocess.run('ls ' + input(), shell=True)\n"
    (source / "reference" / "__main__.py").write_text(text)
    assert any(f.blocks and f.what.startswith("B602") for f in scanners.code(source))


def test_code_that_cannot_be_read_is_not_scanned(source: Path) -> None:
    (source / "reference" / "__main__.py").write_text("def (\n")
    with pytest.raises(NotScannedError, match="syntax error"):
        scanners.code(source)


def test_the_reference_service_holds_nothing_that_blocks() -> None:
    found = (scanners.secrets(REFERENCE), scanners.dockerfile(REFERENCE), scanners.code(REFERENCE))
    assert found == ([], [], [])


def test_vulnerable_packages() -> None:
    good = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
    skipped = {"name": "c", "skip_reason": "not found"}
    assert scanners.audited([good]) == []
    assert [str(found) for found in scanners.audited([good, bad, skipped])] == [
        "b 2: CVE-1",
        "b 2: CVE-2",
    ]
    with pytest.raises(NotScannedError, match=r"1 of 2 packages .* \(not found\)"):
        scanners.audited([good, skipped])


@pytest.mark.parametrize(
    ("said", "errors"), [("", "no route\nno answer"), ("", "")], ids=["error", "silence"]
)
def test_no_answer_about_packages_is_not_scanned(
    source: Path, monkeypatch: pytest.MonkeyPatch, said: str, errors: str
) -> None:
    done = scanners.Completed(("pip-audit",), 1, said, errors, 0.1)
    monkeypatch.setattr(scanners, "run", lambda *_, **__: done)
    with pytest.raises(NotScannedError, match=errors.rpartition("\n")[2] or "said nothing"):
        scanners.dependencies(source)


def test_packages_are_asked_about(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = scanners.Completed(("pip-audit",), 0, '{"dependencies": []}', "", 0.1)
    monkeypatch.setattr(scanners, "run", lambda *_, **__: done)
    assert scanners.dependencies(source) == []


def test_a_scanner_that_gives_no_report_has_not_scanned(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = scanners.Completed(("bandit",), 2, "oops", "", 0.1)
    monkeypatch.setattr(scanners, "run", lambda *_, **__: done)
    with pytest.raises(NotScannedError, match="returned no report: oops"):
        scanners.code(source)


def test_what_no_scanner_can_read_is_not_clean(source: Path) -> None:
    (source / "build.yaml").write_text(
        "files: [server]\nentrypoint: [/app/server]\nchecks: {test: ['true']}\n"
    )
    (source / "server").write_bytes(b"\x7fELF\xff")
    (source / "Dockerfile").unlink()
    assert scan(source, IMAGE).lines == [
        [
            "dependencies",
            "not scanned",
            "it names no requirements, and what else is in it is unknown",
        ],
        ["secrets", "not scanned", "1 of its files are not text, such as server"],
        ["Dockerfile", "not scanned", "it has no Dockerfile"],
        ["code", "not scanned", "bandit reads Python alone"],
    ]


def test_the_report_says_all_of_it(source: Path) -> None:
    def cannot(_: Path) -> list[Finding]:
        raise NotScannedError("nobody answered")

    bad = [Finding(f"file:{n}", "bad", blocks=True) for n in range(7)]
    report = scan(
        source,
        IMAGE,
        (
            Scanner("one", lambda _: []),
            Scanner("two", cannot),
            Scanner("three", lambda _: [Finding("file:1", "so so", blocks=False)]),
            Scanner("four", lambda _: bad),
        ),
    )
    assert report.lines == [
        ["one", "clean", ""],
        ["two", "not scanned", "nobody answered"],
        ["three", "findings", "1 found, 0 of them must be fixed"],
        ["four", "findings", "7 found, 7 of them must be fixed"],
    ]
    assert report.blocking
    assert report.text.startswith("four: file:0: bad; ")
    assert report.text.endswith(" and 2 more")
    assert report.to_dict()["scans"][2]["findings"][0]["what"] == "so so"


def test_what_was_not_scanned_does_not_block_but_is_said(source: Path) -> None:
    def cannot(_: Path) -> list[Finding]:
        raise NotScannedError("nobody answered")

    report = scan(source, IMAGE, (Scanner("one", cannot),))
    assert not report.blocking
    assert report.text == ""
    assert report.lines == [["one", "not scanned", "nobody answered"]]
