"""A container's root, made from an unpacked image.

A root that its pod says is read-only shares the image's folders by links, within a few
milliseconds. Of any other, within some 200 ms, program code is hard-linked: one copy on disk and
in the page cache for all pods of an image, and nobody rewrites it in place. Everything else is
copied, so that a pod that writes to its files changes only its own. A pod that writes to what it
shares all the same is found out by `intact`, and the image is unpacked again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from sandbox.node.paths import inside

_LINKED = frozenset({".py", ".pyc", ".pyi", ".so", ".jar", ".class", ".js", ".mjs", ".rb", ".a"})


def _is_linked(name: str) -> bool:
    return Path(name).suffix in _LINKED or ".so." in name


def make(image: Path, root: Path) -> None:
    """Make `root` anew from the unpacked `image`."""
    shutil.rmtree(root, ignore_errors=True)
    _copy(image, root)
    (root / "tmp").mkdir(exist_ok=True)


def share(image: Path, root: Path, own: Iterable[str]) -> None:
    """Make `root` anew, of links into the image but for the folders on the way to `own`.

    own: paths in the container where something is put beside what the image has.
    """
    ways: set[Path] = set()
    for path in ("/tmp", *own):  # noqa: S108 - the container's
        folder = inside(image, path)
        ways |= {folder, *folder.parents} - {image, *image.parents}
    if any(way.is_symlink() for way in ways):
        # It leads to another place of the image, where nothing may be put.
        make(image, root)
        return
    shutil.rmtree(root, ignore_errors=True)
    _share(image, root, ways)
    (root / "tmp").mkdir(exist_ok=True)


def _share(source: Path, target: Path, ways: set[Path]) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            found, path = Path(entry.path), target / entry.name
            if found in ways and entry.is_dir():
                _share(found, path, ways)
            else:
                path.symlink_to(found)


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
    """Note what the image's files look like now."""
    seal_file.write_text(json.dumps(_fingerprint(image)))


def intact(image: Path, seal_file: Path) -> bool:
    """Whether the files are still what they were when the image was sealed."""
    try:
        return bool(json.loads(seal_file.read_text()) == _fingerprint(image))
    except (OSError, ValueError):
        return False


def _fingerprint(image: Path) -> list[int]:
    """Number, bytes and times of the files. A write in place changes the last."""
    number = size = times = 0
    for folder, _, names in os.walk(image):
        for name in names:
            found = os.lstat(f"{folder}/{name}")
            number, size, times = number + 1, size + found.st_size, times + found.st_mtime_ns
    return [number, size, times]
