"""What a source declares of its build in its `build.yaml`, so that it may be in any language."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import yaml
from pydantic import TypeAdapter, ValidationError

from fieldday.errors import Invalid, quoted

FILE = "build.yaml"


@dataclass(frozen=True)
class BuildSpec:
    """How a source becomes an image."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    files: tuple[str, ...]
    """Files and folders of the source that go below /app, such as `server`; `.` is all of it."""
    entrypoint: tuple[str, ...]
    """The command that serves, started in /app."""
    checks: Mapping[str, tuple[str, ...]]
    """By name: a command, started in the source, that exits with 0 when all is well."""
    requirements: str | None = None
    """Python packages to install below /app: a requirements.txt with hashes."""
    base: str | None = None
    """The image to build on; none: the platform's."""

    @property
    def is_python(self) -> bool:
        """Whether Python runs it."""
        return PurePosixPath(self.entrypoint[0]).name.startswith("python")

    @property
    def paths(self) -> tuple[str, ...]:
        """All that has to be in the source."""
        return (*self.files, *((self.requirements,) if self.requirements else ()))


REFERENCE = BuildSpec(
    files=("reference",),
    entrypoint=("python", "-m", "reference"),
    checks={
        "lint": (sys.executable, "-m", "ruff", "check", "--quiet", "."),
        "format": (sys.executable, "-m", "ruff", "format", "--check", "."),
        # Tests that need real servers are left to where these are.
        "unit tests": (
            *(sys.executable, "-m", "pytest", "-q", "-m", "not sandbox"),
            *("-p", "no:cacheprovider"),
        ),
    },
    requirements="requirements.txt",
)
"""Of a source without a `build.yaml`: the reference service's."""


def load(source: Path) -> BuildSpec:
    """Read what a source declares. Raises `Invalid` where that can't be used."""
    try:
        text = (source / FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return REFERENCE
    except (OSError, UnicodeDecodeError) as e:
        raise _invalid(f"can't be read ({e})") from e
    try:
        # In strict mode, lists become tuples from JSON only.
        content = json.dumps(yaml.safe_load(text))
        spec: BuildSpec = TypeAdapter(BuildSpec).validate_json(content)
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as e:
        raise _invalid(_problem(e)) from e
    for name in ("files", "entrypoint", "checks"):
        if not getattr(spec, name):
            raise _invalid(f"names no {name}")
    if empty := [name for name, words in spec.checks.items() if not words]:
        raise _invalid(f"the check {quoted(empty[0])} has no command")
    for path in spec.paths:
        if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
            raise _invalid(f"{quoted(path)} is not a path below the folder")
    return spec


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"])) or "it"
        return f"{where}: {found['msg']}"
    mark = getattr(error, "problem_mark", None)
    return f"is not YAML, line {mark.line + 1}" if mark else f"is not YAML ({quoted(str(error))})"


def _invalid(problem: str) -> Invalid:
    return Invalid(
        "source", f"{FILE}: {problem}", "It needs files, entrypoint and checks (docs/releases.md)."
    )
