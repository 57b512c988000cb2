"""Programs in `.sandbox/bin`: the order of sources, whole or not at all, built once."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from sandbox.errors import SandboxError
from sandbox.layout import Layout
from sandbox.steps import Cancellation, Cancelled, Step
from sandbox.toolchain import install as installing
from sandbox.toolchain import sources
from sandbox.toolchain.install import CONTROL_PLANE, Tool, built, install, missing_tools, tools
from tests.patience import PATIENCE

Say = Callable[[str], None]


class Places:
    """The places to get the control plane from; a test says which of them have it."""

    def __init__(self) -> None:
        self.having: set[str] = set()
        self.asked: list[str] = []

    def from_machine(self, names: tuple[str, ...], version: str, into: Path) -> bool:
        assert version == "v1.36"
        return self._ask("machine", names, into)

    def from_release(
        self, names: tuple[str, ...], into: Path, say: Say, cancellation: Cancellation
    ) -> bool:
        say("fetching")
        cancellation.check()
        return self._ask("release", names, into)

    def build(
        self,
        into: Path,
        layout: Layout,
        name: str,
        package: str,
        say: Say,
        cancellation: Cancellation,
    ) -> None:
        say(f"compiling {package} of {layout.root}")
        cancellation.check()
        self._ask("build", (name,), into)
        if "build" not in self.having:
            msg = "go: there is none. Install it."
            raise SandboxError(msg)

    def _ask(self, place: str, names: tuple[str, ...], into: Path) -> bool:
        self.asked.append(place)
        if place in self.having:
            for name in names:
                (into / name).write_text(f"from the {place}")
                (into / name).chmod(0o755)
        return place in self.having


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    found = Places()
    monkeypatch.setattr(sources, "from_machine", found.from_machine)
    monkeypatch.setattr(sources, "from_release", found.from_release)
    monkeypatch.setattr(installing, "_build", found.build)
    monkeypatch.setenv("FIELDDAY_TOOL_CACHE", str(tmp_path / "cache"))
    # The checkout's own sandbox may have them.
    monkeypatch.setattr(installing, "Layout", lambda: Layout(tmp_path / "own"))
    return found


@pytest.fixture
def kubernetes(places: Places) -> Tool:
    (found,) = (tool for tool in tools() if tool.name == "kubernetes")
    return found


def get(layout: Layout, tool: Tool, cancellation: Cancellation | None = None) -> str:
    return install(layout, tool, lambda _: None, cancellation or Cancellation())


def content(layout: Layout) -> str:
    (found,) = {(layout.bin / name).read_text() for name in CONTROL_PLANE}
    assert all(os.access(layout.bin / name, os.X_OK) for name in CONTROL_PLANE)
    return found


@pytest.mark.parametrize(
    ("having", "asked", "origin"),
    [
        ({"machine", "release", "build"}, ["machine"], "from this machine"),
        ({"release", "build"}, ["machine", "release"], "from the official release"),
        ({"build"}, ["machine", "release", "build"], "built"),
    ],
)
def test_the_nearest_place_is_taken(
    layout: Layout,
    places: Places,
    kubernetes: Tool,
    having: set[str],
    asked: list[str],
    origin: str,
) -> None:
    places.having = having
    assert get(layout, kubernetes) == origin
    assert places.asked == asked
    assert content(layout) == f"from the {asked[-1]}"
    # Once is enough.
    assert get(layout, kubernetes) == "there"
    assert places.asked == asked


def test_what_one_checkout_built_another_does_not(
    layout: Layout, places: Places, kubernetes: Tool
) -> None:
    places.having = {"build"}
    assert get(layout, kubernetes) == "built"
    other = Layout(layout.root / "other")
    places.having = {"release"}
    assert get(other, kubernetes) == "from an earlier build"
    assert content(other) == "from the build"
    assert places.asked == ["machine", "release", "build", "machine"]


def test_a_program_that_only_a_test_needs_is_built_when_it_is_asked_for(
    layout: Layout, places: Places
) -> None:
    places.having = {"build"}
    tofu = built("tofu", "github.com/opentofu/opentofu/cmd/tofu")
    assert "tofu" not in {name for tool in tools() for name in tool.files}
    assert get(layout, tofu) == "built"
    assert (layout.bin / "tofu").read_text() == "from the build"
    assert get(Layout(layout.root / "other"), tofu) == "from an earlier build"
    assert places.asked == ["build"]


@pytest.mark.parametrize("on_path", [True, False])
def test_terraform_is_built_where_there_is_none(
    layout: Layout, places: Places, monkeypatch: pytest.MonkeyPatch, on_path: bool
) -> None:
    def from_path(into: Path) -> bool:
        if on_path:
            (into / "terraform").write_text("from PATH")
        return on_path

    monkeypatch.setattr(installing, "from_path", from_path)
    monkeypatch.setattr(installing, "find_go", create_autospec(installing.find_go))
    places.having = {"build"}
    (terraform,) = (tool for tool in tools() if tool.name == "terraform")
    assert get(layout, terraform) == ("from this machine" if on_path else "OpenTofu, built")
    expected = "from PATH" if on_path else "from the build"
    assert (layout.bin / "terraform").read_text() == expected
    assert not (layout.bin / "tofu").exists()


def test_a_damaged_build_in_the_cache_is_built_again(
    layout: Layout, places: Places, kubernetes: Tool, tmp_path: Path
) -> None:
    places.having = {"build"}
    get(layout, kubernetes)
    (built,) = tmp_path.glob("cache/*/kubernetes")
    built.unlink()
    built.write_text("half of i")
    other = Layout(layout.root / "other")
    assert get(other, kubernetes) == "built"
    assert content(other) == "from the build"


def test_the_checkout_s_own_sandbox_has_them_for_its_tests(
    layout: Layout, places: Places, kubernetes: Tool, tmp_path: Path
) -> None:
    places.having = {"build"}
    own = Layout(tmp_path / "own")
    get(own, kubernetes)
    places.asked.clear()
    assert get(layout, kubernetes) == "from an earlier build"
    assert places.asked == []
    assert content(layout) == "from the build"
    assert (layout.bin / "kube-apiserver").readlink() == Path("kubernetes")


def test_another_version_replaces_what_is_there(
    layout: Layout, places: Places, kubernetes: Tool
) -> None:
    places.having = {"machine"}
    get(layout, kubernetes)
    (layout.bin / ".kube-apiserver.key").write_text("of another version")
    assert get(layout, kubernetes) == "from this machine"


def test_what_fails_leaves_what_was_there(layout: Layout, places: Places, kubernetes: Tool) -> None:
    places.having = {"machine"}
    get(layout, kubernetes)
    (layout.bin / ".kube-apiserver.key").write_bytes(b"\xff\xfe damaged")
    places.having = set()
    with pytest.raises(SandboxError, match=r"^go: there is none\. Install it\.$"):
        get(layout, kubernetes)
    assert content(layout) == "from the machine"
    assert not list(layout.bin.glob(".new-*"))


def test_a_full_disk_is_said(
    layout: Layout, places: Places, kubernetes: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x/kube-apiserver")

    monkeypatch.setattr(sources, "from_machine", fill)
    with pytest.raises(SandboxError) as raised:
        get(layout, kubernetes)
    assert str(raised.value) == (
        f"kubernetes: cannot be put into {layout.bin}: /x/kube-apiserver: the disk is full. "
        "Free some space and run the same command; it resumes from there."
    )
    assert not list(layout.bin.glob(".new-*"))


def test_two_that_come_at_the_same_time_build_once(
    layout: Layout, places: Places, kubernetes: Tool
) -> None:
    places.having = {"build"}
    origins: list[str] = []
    barrier = threading.Barrier(2)

    def one() -> None:
        barrier.wait(10 * PATIENCE)
        origins.append(get(layout, kubernetes))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(origins) == ["built", "there"]
    assert places.asked.count("build") == 1


def test_what_another_gets_at_the_same_time_is_left_alone(layout: Layout, places: Places) -> None:
    """The name of Terraform's provider begins with Terraform's."""

    def terraform(new: Path, *_: object) -> str:
        (new / "terraform").write_text("Terraform")
        return "from here"

    def provider(new: Path, *_: object) -> str:
        assert get(layout, Tool("terraform", ("terraform",), "1", terraform)) == "from here"
        (new / "terraform-provider").write_text("its provider")
        return "from there"

    tool = Tool("terraform's provider", ("terraform-provider",), "1", provider)
    assert get(layout, tool) == "from there"
    assert (layout.bin / "terraform").read_text() == "Terraform"
    assert (layout.bin / "terraform-provider").read_text() == "its provider"


def test_giving_up_leaves_nothing_half_made(
    layout: Layout, places: Places, kubernetes: Tool
) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        get(layout, kubernetes, cancellation)
    assert not list(layout.bin.glob(".new-*"))
    assert not (layout.bin / "kube-apiserver").exists()


class Told:
    """An observer that remembers what steps say."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def waiting(self, step: Step) -> None: ...

    def started(self, step: Step) -> None: ...

    def detail(self, name: str, text: str) -> None:
        self.said.append((name, text))

    def done(self, name: str, note: str) -> None: ...

    def failed(self, name: str, error: Exception) -> None: ...


def test_there_is_a_step_for_each_that_is_missing(
    layout: Layout, places: Places, kubernetes: Tool
) -> None:
    told = Told()
    steps = {tool.step.name: tool.step for tool in missing_tools(layout, told)}
    assert set(steps) == {
        "get kubectl and helm",
        "get kubernetes",
        "get crane",
        "get victoria-metrics",
        "get terraform",
        "get terraform's provider",
    }
    # They are built one after the other: each takes the whole machine.
    assert steps["get crane"].needs == ("get kubernetes",)
    assert steps["get victoria-metrics"].needs == ("get crane",)
    places.having = {"build"}
    assert steps["get kubernetes"].run(Cancellation()) == "built"
    assert ("get kubernetes", "asking for the official release") in told.said

    left = {tool.step.name: tool.step for tool in missing_tools(layout, told)}
    assert set(left) == set(steps) - {"get kubernetes"}
    assert left["get crane"].needs == ()
