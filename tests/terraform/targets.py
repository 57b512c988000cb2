"""What there is to prove: modules, their examples, roots and their environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from sandbox.layout import CHECKOUT

TERRAFORM = CHECKOUT / "terraform"

_TYPES = re.compile(r'^\s*(resource|data|ephemeral)\s+"(\w+)"', re.MULTILINE)
_LOCAL_MODULE = re.compile(r'^\s*source\s*=\s*"(\.{1,2}/[^"]+)"', re.MULTILINE)
_PROVIDER = re.compile(r'\bsource\s*=\s*"([\w-]+/[\w-]+)"')

Kind = Literal["module", "example", "root"]


@dataclass(frozen=True)
class Target:
    """A folder that Terraform is run in."""

    tree: Path
    """The folder that is copied whole, so that modules find each other."""
    path: str
    """Its place below `tree`; `.` is the tree itself."""
    kind: Kind

    @property
    def name(self) -> str:
        """How it is called in a test's name."""
        return "root" if self.path == "." else self.path

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.tree / self.path

    @property
    def has_tests(self) -> bool:
        """Whether it has test files."""
        return any(self.folder.glob("tests/*.tftest.hcl"))

    @property
    def is_called_with_providers(self) -> bool:
        """Whether it wants its caller's aliased providers, so that it cannot be validated alone."""
        return any("configuration_aliases" in p.read_text() for p in self.folder.glob("*.tf"))

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that it has variables for."""
        return tuple(sorted(path.stem for path in self.folder.glob("environments/*.tfvars")))

    @cached_property
    def sources(self) -> tuple[Path, ...]:
        """All files that are read when Terraform runs here, local modules included."""
        return tuple(sorted(_sources(self.folder.resolve(), set())))

    @cached_property
    def _text(self) -> str:
        return "\n".join(path.read_text() for path in self.sources)

    @property
    def types(self) -> frozenset[tuple[str, str]]:
        """The types it uses, as (`resource` | `data` | `ephemeral`, type)."""
        return frozenset((m[1], m[2]) for m in _TYPES.finditer(self._text))

    @property
    def words(self) -> frozenset[str]:
        """All names it uses for anything."""
        return frozenset(re.findall(r"\w+", self._text))

    @property
    def providers(self) -> frozenset[str]:
        """The providers it requires, such as `hashicorp/aws`."""
        return frozenset(_PROVIDER.findall(self._text))


def _sources(folder: Path, seen: set[Path]) -> Iterator[Path]:
    if folder in seen or not folder.is_dir():
        return
    seen.add(folder)
    files = [*folder.glob("*.tf"), *folder.glob("tests/**/*.hcl"), *folder.glob("tests/**/*.tf")]
    for path in files:
        yield path
        for source in _LOCAL_MODULE.findall(path.read_text()):
            # A test names modules from where Terraform runs, a module from its own folder.
            base = folder if path.suffix == ".hcl" else path.parent
            yield from _sources((base / source).resolve(), seen)


def find_targets(tree: Path = TERRAFORM) -> tuple[Target, ...]:
    """Everything below `terraform/`, modules first."""
    modules = [*tree.glob("modules/*/"), *tree.glob("gcp/modules/*/")]
    examples = [example for module in modules for example in module.glob("examples/*/")]
    roots = [tree, tree / "bootstrap", tree / "gcp", tree / "local"]
    folders: list[tuple[Kind, list[Path]]] = [
        ("module", modules),
        ("example", examples),
        ("root", roots),
    ]
    return tuple(
        Target(tree, str(folder.relative_to(tree)), kind)
        for kind, found in folders
        for folder in sorted(found)
        if any(folder.glob("*.tf"))
    )
