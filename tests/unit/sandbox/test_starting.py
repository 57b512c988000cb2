"""When a running part is no longer what `up` would start."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import starting
from sandbox.parts.part import Part
from sandbox.starting import fingerprint

PART = Part("edge", ("python", "-m", "sandbox.edge"), "", ready=lambda: True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a part's own module, and two that it may use."""
    for name, text in {
        "edge/__main__.py": "import asyncio\nfrom sandbox.edge import desired\n",
        "edge/desired.py": "from sandbox.shared.client import Client\n",
        "shared/__init__.py": "",
        "shared/client.py": "import sandbox.addresses\n",
        "addresses.py": "",
        "foreign.py": "",
    }.items():
        path = tmp_path / "sandbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(starting, "CHECKOUT", tmp_path)
    return tmp_path / "sandbox"


@pytest.mark.parametrize("name", ["edge/desired.py", "shared/client.py", "addresses.py"])
def test_a_part_has_changed_when_code_that_it_runs_has(checkout: Path, name: str) -> None:
    before = fingerprint(PART)
    (checkout / name).write_text("print('changed')\n")
    assert fingerprint(PART) != before


def test_a_part_has_not_changed_when_other_code_has(checkout: Path) -> None:
    before = fingerprint(PART)
    (checkout / "foreign.py").write_text("print('changed')\n")
    assert fingerprint(PART) == before


def test_a_program_of_others_has_no_code_of_ours() -> None:
    other = Part("etcd", ("etcd", "--name", "x"), "", ready=lambda: True)
    assert fingerprint(other) == fingerprint(other)
    assert fingerprint(other) != fingerprint(PART)
