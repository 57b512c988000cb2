"""The import rules in pyproject.toml notice what breaks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources that the rules are about, to plant imports in."""
    folder = tmp_path_factory.mktemp("layers")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "plugins/fieldday", folder / "fieldday", ignore=ignore)
    shutil.copytree(ROOT / "sandbox", folder / "sandbox", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60 * PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "planted", "said"),
    [
        ("fieldday/releases/gate.py", "fieldday.provisioning.plan", "fieldday.provisioning"),
        ("fieldday/records/store.py", "fieldday.releases.plan", "fieldday.releases"),
        ("fieldday/processes/program.py", "airflow.sdk", "airflow"),
        ("fieldday/images/build.py", "sandbox.layout", "sandbox"),
        ("sandbox/ports.py", "fieldday.settings", "fieldday.settings"),
        ("fieldday/elsewhere.py", "fieldday.errors", "elsewhere"),
    ],
)
def test_a_wrong_import_is_found(copy: Path, module: str, planted: str, said: str) -> None:
    path = copy / module
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\nimport {planted}\n")
    try:
        code, output = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert code == 1
    assert said in output


def test_what_is_there_keeps_the_rules(copy: Path) -> None:
    code, output = lint(copy)
    assert code == 0, output
