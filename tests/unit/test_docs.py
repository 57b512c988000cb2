"""The documentation says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbooks.generate import pages
from sandbox.layout import Layout
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from tests.runbooks import commands

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "tests/sandbox/test_runbooks.py"
PAGES = sorted(
    (
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("runbooks/*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ),
    key=str,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z.-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z.-]+)", page.read_text(), re.MULTILINE))
    assert named <= targets


def test_every_setting_is_explained() -> None:
    pattern = r"FIELDDAY_[A-Z_]+"
    modules = (ROOT / "plugins/fieldday/settings").glob("*.py")
    settings = {name for path in modules for name in re.findall(pattern, path.read_text())}
    pages = [(ROOT / "docs" / name).read_text() for name in ("releases.md", "provisioning.md")]
    explained = {name for page in pages for name in re.findall(pattern, page)}
    assert explained == settings


def test_every_part_is_explained(tmp_path: Path) -> None:
    text = (ROOT / "docs/sandbox.md").read_text().split("## Parts")[1].split("\n## ")[0]
    named = {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])
    }
    assert named == {part.name for part in all_parts(Context.of(Layout(tmp_path)))}


def test_the_runbooks_are_those_of_the_dags() -> None:
    written = {path.name: text for path, text in pages().items()}
    there = {path.name: path.read_text() for path in ROOT.glob("runbooks/*.md")}
    assert there == written, "Run 'make runbooks'."


def test_every_dag_has_a_runbook() -> None:
    found = {name for text in pages().values() for name in re.findall(r"\(\.\./(dags/.*?)\)", text)}
    assert found == {f"dags/{path.name}" for path in ROOT.glob("dags/*.py")}


@pytest.mark.parametrize("page", ["deployment", "provisioning", "drift"])
def test_a_command_that_a_runbook_names_is_one_that_is_run(page: str) -> None:
    run = set(re.findall(r'command\("(\w+)", "([\w -]+)"', RUNS.read_text()))
    for line in commands(page):
        assert [name for name, words in run if name == page and line.startswith(words)], line
    text = (ROOT / f"runbooks/{page}.md").read_text()
    named = re.findall(r"`((?:helm|kubectl|terraform|make|aws) [^`]+)`", text.partition("\n")[2])
    beginnings = [line.split("<")[0] for line in commands(page)]
    unknown = [span for span in named if not any(b.startswith(span) for b in beginnings)]
    assert unknown == []
