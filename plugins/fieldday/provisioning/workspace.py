"""The folder in which one run works: a copy of the root with what it reads beside it.

The checkout stays as it is, two runs do not meet, and a state that could not be stored is found
again by the next run on this machine.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fieldday.errors import Permanent
from fieldday.provisioning.root_module import Root
from fieldday.records.base import file_name

# Deep enough that what a root reads above itself is still in the run's folder.
_ROOT = Path("checkout", "terraform", "root")

# Where a configuration puts what it makes at plan and needs at apply, such as a function's archive.
_MADE = Path(".terraform", "functions")
_NOT_COPIED = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan", "tests", "examples")


@dataclass(frozen=True)
class Workspace:
    """One run's folder. Plans and states in it hold secrets: it is its owner's alone."""

    folder: Path

    @classmethod
    def of(cls, work: Path, environment: str, run: str) -> Workspace:
        """The folder of a run of an environment below `work`."""
        return cls(work / environment / file_name(run))

    @property
    def root(self) -> Path:
        """Where Terraform is run."""
        return self.folder / _ROOT

    @property
    def plan(self) -> Path:
        """The plan file."""
        return self.folder / "plan.tfplan"

    @property
    def output(self) -> Path:
        """What an apply says, line by line."""
        return self.folder / "apply.jsonl"

    @property
    def errored_state(self) -> Path:
        """Where Terraform leaves a state that it could not store."""
        return self.root / "errored.tfstate"

    def prepare(self, source: Path) -> None:
        """Make it anew with a copy of the root, but for a state that is to be saved.

        What the root reads beside its folder, such as the catalogue or a module, is copied to the
        same relative place. Raises `Permanent`: that is too far above the root.
        """
        if not self.errored_state.exists():
            self.remove()
        for folder in (self.folder.parent.parent, self.folder.parent, self.folder):
            folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        shutil.copytree(source, self.root, ignore=_NOT_COPIED, dirs_exist_ok=True)
        for path in Root(source).beside:
            copy = Path(os.path.normpath(self.root / path))
            if not copy.is_relative_to(self.folder):
                msg = f"{source}: reads {path}, too far above it. Move that nearer to the root."
                raise Permanent(msg)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if (source / path).is_dir():
                shutil.copytree(source / path, copy, ignore=_NOT_COPIED, dirs_exist_ok=True)
            else:
                shutil.copy2(source / path, copy)

    def made(self) -> dict[str, bytes]:
        """What a plan made in the root for its apply, by path there."""
        files = (path for path in (self.root / _MADE).rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}

    def put_back(self, name: str, content: bytes) -> None:
        """Put such a file where the apply looks for it."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def remove(self) -> None:
        """Remove it with all in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def errored_states(work: Path, environment: str) -> list[Workspace]:
    """Workspaces of earlier runs that hold a state which could not be stored, oldest first."""
    spaces = [Workspace(folder) for folder in (work / environment).glob("*")]
    found = [space for space in spaces if space.errored_state.exists()]
    return sorted(found, key=lambda space: space.errored_state.stat().st_mtime)
