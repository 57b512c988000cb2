"""What is confined works as ever, but can't read other processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fieldday.processes import attached, confined
from fieldday.processes.attached import run


def _run(script: str, *arguments: str | Path) -> attached.Completed:
    return run((sys.executable, "-c", script, *arguments), timeout=30, check=False, bare=True)


@pytest.mark.parametrize("name", ["environ", "mem", "maps"])
def test_nothing_of_its_parent_can_be_read(name: str) -> None:
    path = f"/proc/{os.getpid()}/{name}"
    with Path(path).open("rb"):
        pass  # This process may.
    done = _run("import sys; open(sys.argv[1], 'rb')", path)
    assert done.code == 1
    assert "Permission" in done.stderr


def test_its_own_children_and_files_are_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    script = (
        "import os, subprocess, sys; os.rename(sys.argv[1], sys.argv[2]); "
        "child = subprocess.Popen(['sh', '-c', 'echo; cat'], stdin=-1, stdout=-1); "
        "child.stdout.readline(); "
        "print(len(open(f'/proc/{child.pid}/environ').read()) > 0); child.communicate()"
    )
    done = _run(script, tmp_path / "a" / "file", tmp_path / "b" / "file")
    assert (done.code, done.stdout) == (0, "True\n"), done.stderr
    assert (tmp_path / "b" / "file").read_text() == "x"


def test_where_the_kernel_can_not_nothing_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot() -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(confined, "confine", cannot)
    monkeypatch.setattr(sys, "argv", ["confined.py", "/bin/true"])
    with pytest.raises(SystemExit) as caught:
        confined.main()
    assert caught.value.code == 125
    assert "Landlock: the kernel does not offer it" in capsys.readouterr().err
