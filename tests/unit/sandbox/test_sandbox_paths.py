"""Where things are kept, who may read them, and what a shell makes of the paths."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from sandbox import pki
from sandbox.env_file import exports, write_env_file
from sandbox.errors import SandboxError
from sandbox.kubernetes import token_file, write_kubeconfigs
from sandbox.layout import Layout, layout_from_environment
from sandbox.parts.context import Context
from sandbox.supervisor import Supervisor


@pytest.fixture(params=[0o000, 0o077], ids=["umask 000", "umask 077"])
def made(request: pytest.FixtureRequest, context: Context) -> Context:
    """A sandbox with all files that are made before its first part is started."""
    before = os.umask(request.param)
    try:
        pki.ensure(context.layout, context.block)
        token_file(context)
        write_kubeconfigs(context)
        write_env_file(context)
    finally:
        os.umask(before)
    return context


def test_only_the_owner_may_read_what_is_secret(made: Context) -> None:
    root = made.layout.root
    paths = (root, *root.rglob("*"))
    modes = {p.relative_to(root): stat.filemode(p.stat().st_mode) for p in paths}
    files = {mode for mode in modes.values() if not mode.startswith("d")}
    folders = {mode for mode in modes.values() if mode.startswith("d")}
    assert files == {"-rw-------"}, modes
    assert folders == {"drwx------"}, modes
    names = {path.as_posix() for path in modes}
    assert {"env", "secrets.json", "pki/ca.key", "pki/tokens.csv"} <= names
    assert {f"kubeconfigs/{role}.yaml" for role in ("admin", "node", "edge")} <= names


def test_bash_gets_what_was_meant(context: Context) -> None:
    path = write_env_file(context)
    script = 'source "$1" && shift && for name; do printf "%s\\0" "${!name}"; done'
    wanted = exports(context)
    result = subprocess.run(
        ("bash", "-eu", "-c", script, "bash", str(path), *wanted, "PATH"),
        env={"PATH": "/my programs:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    *values, search, end = result.stdout.split("\0")
    assert dict(zip(wanted, values, strict=True)) == wanted
    assert search.split(":") == [
        str(context.layout.bin),
        str(context.python.parent),
        "/my programs",
        "/usr/bin",
    ]
    assert (end, result.stderr) == ("", "")


@pytest.mark.parametrize("length", [10, 40, 70, 200])
def test_a_socket_s_path_is_never_too_long(length: int) -> None:
    layout = Layout(Path("/", "ü" * length, ".sandbox"))
    longest = layout.run / ("s" * 24)
    assert len(os.fsencode(longest)) <= 107
    assert layout.run == Layout(layout.root).run


def test_two_checkouts_with_long_paths_have_their_own_sockets() -> None:
    long = Path("/", "x" * 200)
    assert Layout(long / "one").run != Layout(long / "two").run


def test_the_sockets_are_found_again_from_another_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    layout = Layout(Path("/", "x" * 200))
    before = layout.run
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert layout.run == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_not_trusted_with_the_socket(layout: Layout) -> None:
    os.chown(layout.folder(layout.run), 65534, 65534)
    with pytest.raises(SandboxError, match=r"run: was made by another user\. Remove it"):
        Supervisor(layout, Path("/bin/false")).ensure(())


def test_another_sandbox_may_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    monkeypatch.setenv("FIELDDAY_SANDBOX_ROOT", str(tmp_path / "link"))
    assert layout_from_environment() == Layout(tmp_path / "target")
    monkeypatch.setenv("FIELDDAY_SANDBOX_ROOT", "")
    assert layout_from_environment() == Layout()
