"""The documentation says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.layout import Layout
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context

ROOT = Path(__file__).parents[2]
PAGES = sorted((*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"), key=str)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z.-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z.-]+)", page.read_text()))
    assert named <= targets


def test_every_setting_is_explained() -> None:
    pattern = r"FIELDDAY_[A-Z_]+"
    settings = set(re.findall(pattern, (ROOT / "plugins/fieldday/settings.py").read_text()))
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
