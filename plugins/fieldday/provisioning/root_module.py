"""A Terraform root: its folder, its environments and their var-files, its modules."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from fieldday.errors import Invalid, Permanent, quoted

_MODULE = re.compile(r'^module\s+"([A-Za-z_][\w-]*)"', re.MULTILINE)
# The source of a local module, or a file that is read by its place: "../modules/network",
# "${path.root}/../catalog.yaml".
_LOCAL_PATH = re.compile(r'"(?:\$\{path\.(root|module)\}/)?(\.\.?/[^"$]+)"')
_ASSIGNMENT = re.compile(r'^\s*"?([A-Za-z_][\w-]*)"?\s*[=:]\s*"([^"]+)"', re.MULTILINE)
_KEY = re.compile(r'^\s*key\s*=\s*"([^"]+)"', re.MULTILINE)
_SECRET_NAME = re.compile(r"(password|passwd|secret|token|api_?key|private_key)$", re.IGNORECASE)


@dataclass(frozen=True)
class Root:
    """The root module in `folder`, with one var-file for each environment."""

    folder: Path

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that have a var-file, by name."""
        return tuple(sorted(path.stem for path in (self.folder / "environments").glob("*.tfvars")))

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that the root calls, by name: what a run can be limited to."""
        texts = (path.read_text(encoding="utf-8") for path in self.folder.glob("*.tf"))
        return tuple(sorted({name for text in texts for name in _MODULE.findall(text)}))

    @property
    def beside(self) -> tuple[Path, ...]:
        """What the root and its local modules read outside of its folder, relative to it."""
        root = self.folder.resolve()
        found: set[str] = set()
        folders, seen = [root], set[Path]()
        while folders:
            folder = folders.pop()
            seen.add(folder)
            for file in folder.glob("*.tf"):
                for base, name in _LOCAL_PATH.findall(file.read_text(encoding="utf-8")):
                    at = root if base == "root" else folder
                    path = Path(os.path.normpath(at / name))
                    if path.is_dir() and path not in seen:
                        folders.append(path)
                    is_outside = not (path.is_relative_to(root) or root.is_relative_to(path))
                    if is_outside and path.exists():
                        found.add(os.path.relpath(path, root))
        return tuple(map(Path, sorted(found)))

    def state_key(self, environment: str) -> str:
        """The key of the environment's state: as its `.s3.tfbackend` says, which a person uses too.

        Raises `Invalid`: that file names no key.
        """
        path = self.folder / "environments" / f"{environment}.s3.tfbackend"
        if not path.is_file():
            return default_state_key(environment)
        found = _KEY.search(path.read_text(encoding="utf-8"))
        if found is None or "/" not in found[1]:
            fix = f'Write: key = "<root>/{environment}/terraform.tfstate".'
            raise Invalid(path.name, "names no key in a folder of its own", fix)
        return found[1]

    def check(self) -> None:
        """Raise `Permanent` where there is no root."""
        if not any(self.folder.glob("*.tf")):
            msg = f"{self.folder}: has no Terraform files. Set FIELDDAY_TERRAFORM_ROOT."
            raise Permanent(msg)

    def var_file(self, environment: str) -> Path:
        """The environment's var-file. Raises `Invalid`: it holds a password."""
        path = self.folder / "environments" / f"{environment}.tfvars"
        for name, _ in _ASSIGNMENT.findall(path.read_text(encoding="utf-8")):
            if _SECRET_NAME.search(name):
                raise Invalid(
                    f"{path.name}: {name}",
                    "is a secret in a file that everyone can read",
                    f"Remove it there, change it where it is used, and set TF_VAR_{name}.",
                )
        return path


def default_state_key(environment: str) -> str:
    """The key of a state where nothing else is said."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment):
        raise Invalid(
            "environment",
            f"{quoted(environment)} can't be part of a key",
            "Use small letters, digits and hyphens.",
        )
    return f"{environment}/terraform.tfstate"
