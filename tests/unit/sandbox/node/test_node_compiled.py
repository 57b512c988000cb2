from __future__ import annotations

import compileall
import os
import subprocess
import sys
from pathlib import Path

from sandbox.node.compiled import reuse


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # As in a reproducible image.
    os.utime(path, (0, 0))


def compiled(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.pyc")}


def test_what_is_the_same_is_not_compiled_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        write(folder, "library/__init__.py", "")
        write(folder, "library/deep/code.py", "x = 1\n")
        # Of the same size and time.
        write(folder, "app.py", f"print('{folder.name}')\n")
    write(old, "gone.py", "")
    write(new, "added.py", "")
    assert compileall.compile_dir(old, quiet=1)
    assert reuse(new, old) == 2
    tag = sys.implementation.cache_tag
    assert compiled(new) == {
        f"library/__pycache__/__init__.{tag}.pyc",
        f"library/deep/__pycache__/code.{tag}.pyc",
    }
    before = {path: (new / path).stat().st_ino for path in compiled(new)}
    assert compileall.compile_dir(new, quiet=1)
    assert {path: (new / path).stat().st_ino for path in before} == before
    said = subprocess.run([sys.executable, new / "app.py"], capture_output=True, text=True)
    assert said.stdout == "new\n"


def test_code_of_the_same_size_and_time_is_not_taken_for_the_same(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, "version.py", "VERSION = 1\n")
    write(new, "version.py", "VERSION = 2\n")
    assert compileall.compile_dir(old, quiet=1)
    assert reuse(new, old) == 0
    program = "import version; print(version.VERSION)"
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=new, capture_output=True, text=True, check=True
    )
    assert said.stdout == "2\n"


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert reuse(tmp_path, tmp_path / "none") == 0
