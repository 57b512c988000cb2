"""The source of an image: what of it counts, and the version that its content makes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

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
