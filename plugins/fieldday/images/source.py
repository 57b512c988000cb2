"""The source of an image: what of it counts, and the version that its content makes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from fieldday.errors import Permanent

REQUIREMENTS = "requirements.txt"
PACKAGE = "reference"
DOCKERFILE = "Dockerfile"

_DIGITS = 12


def files(source: Path) -> list[Path]:
    """What goes into the image, or decides on it: relative paths, in one order everywhere.

    Caches, compiled code and hidden files do not count.
    """
    found = [Path(DOCKERFILE), Path(REQUIREMENTS)]
    for folder, folders, names in os.walk(source / PACKAGE):
        folders[:] = [name for name in folders if _counts(name)]
        found += [(Path(folder) / name).relative_to(source) for name in names if _counts(name)]
    return sorted(path for path in found if (source / path).is_file())


def _counts(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__" and not name.endswith(".pyc")


def source_version(source: Path) -> str:
    """A tag made from the content: the same files, the same tag, such as `src-1f0c2d3e4a5b`."""
    digest = hashlib.sha256()
    for path in files(source):
        digest.update(f"{path.as_posix()}\0{(source / path).stat().st_size}\0".encode())
        digest.update((source / path).read_bytes())
    return f"src-{digest.hexdigest()[:_DIGITS]}"


def copy(source: Path, folder: Path) -> None:
    """Copy what counts, so that it stays as it is while it is read more than once."""
    for path in files(source):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, folder / path)


def check_version(source: Path, planned: str, found: str) -> None:
    """Raise `Permanent` unless a source still has the version that the release planned."""
    if found != planned:
        msg = (
            f"{source}: changed since the release was planned ({planned} then, {found} now), so "
            "that what is tested, scanned and built would differ. Release again."
        )
        raise Permanent(msg)


@contextlib.contextmanager
def unchanged(source: Path, planned: str) -> Iterator[None]:
    """Raise `Permanent` unless a source has its planned version, before and afterwards."""
    check_version(source, planned, source_version(source))
    yield
    check_version(source, planned, source_version(source))
