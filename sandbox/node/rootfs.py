"""A container's root, made from an unpacked image within some 50 ms.

Program code is hard-linked: one copy on disk and in the page cache for all pods of an image, and
nobody rewrites it in place. Everything else is copied, so that a pod that writes to its files
changes only its own. A pod that rewrites linked code all the same is found out by `intact`, and
the image is unpacked again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

_LINKED = frozenset({".py", ".pyc", ".pyi", ".so", ".jar", ".class", ".js", ".mjs", ".rb", ".a"})


def _is_linked(name: str) -> bool:
    return Path(name).suffix in _LINKED or ".so." in name


def make(image: Path, root: Path) -> None:
    """Make `root` anew from the unpacked `image`."""
    shutil.rmtree(root, ignore_errors=True)
    _copy(image, root)
    (root / "tmp").mkdir(exist_ok=True)


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            path = target / entry.name
            if entry.is_symlink():
                path.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                _copy(Path(entry.path), path)
            elif _is_linked(entry.name):
                os.link(entry.path, path)
            elif entry.is_file():
                shutil.copy2(entry.path, path)


def seal(image: Path, seal_file: Path) -> None:
    """Note what the linked files look like now."""
    seal_file.write_text(json.dumps(_fingerprint(image)))


def intact(image: Path, seal_file: Path) -> bool:
    """Whether the linked files are still what they were when the image was sealed."""
    try:
        return bool(json.loads(seal_file.read_text()) == _fingerprint(image))
    except (OSError, ValueError):
        return False


def _fingerprint(image: Path) -> list[int]:
    """Number, bytes and times of the linked files. A write in place changes the last."""
    number = size = times = 0
    for folder, _, names in os.walk(image):
        for name in names:
            if _is_linked(name):
                found = os.lstat(f"{folder}/{name}")
                number, size, times = number + 1, size + found.st_size, times + found.st_mtime_ns
    return [number, size, times]
