"""The source of an image: what of it counts, and the version that its content makes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from fieldday.errors import Invalid, Permanent
from fieldday.images.build_spec import FILE, REFERENCE, load

DOCKERFILE = "Dockerfile"
_REFERENCE_NEEDS = (DOCKERFILE, "requirements.txt", "reference/__main__.py")

_DIGITS = 12


def check(source: Path) -> None:
    """Raise `Invalid` unless a source has all that it is built from."""
    spec = load(source)
    for name in _REFERENCE_NEEDS if spec is REFERENCE else spec.paths:
        if not (source / name).exists():
            fix = f"Add it, or say in {FILE} what the image is built from (docs/releases.md)."
            raise Invalid("source", f"{source} has no {name}", fix)
    if not content(source):
        raise Invalid(
            "source", f"{source} has nothing for the image", f"Correct files in its {FILE}."
        )


def files(source: Path) -> list[Path]:
    """What goes into the image, or decides on it: relative paths, in one order everywhere.

    Caches, compiled code and hidden files do not count. Raises `Invalid`: `build.yaml` can't be
    used, or a link leads out of the source.
    """
    requirements = load(source).requirements
    decisive = [FILE, DOCKERFILE, *([requirements] if requirements else [])]
    return _inside(source, {*map(Path, decisive), *_content(source)})


def content(source: Path) -> list[Path]:
    """What goes into the image, but for packages. Raises as `files` does."""
    return _inside(source, _content(source))


def _content(source: Path) -> Iterator[Path]:
    for name in load(source).files:
        yield Path(name)
        for folder, folders, names in os.walk(source / name):
            folders[:] = [name for name in folders if _counts(name)]
            yield from ((Path(folder) / n).relative_to(source) for n in names if _counts(n))


def _inside(source: Path, paths: Iterable[Path]) -> list[Path]:
    """Those that are files. Behind a link could be what the source's author may not read."""
    found = sorted({path for path in paths if (source / path).is_file()})
    root = source.resolve()
    for path in found:
        if not (source / path).resolve().is_relative_to(root):
            fix = "Put the file itself there."
            raise Invalid("source", f"{path} is a link that leads out of {source}", fix)
    return found


def _counts(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__" and not name.endswith(".pyc")


def _is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)


def source_version(source: Path) -> str:
    """A tag made from the content: the same files, the same tag, such as `src-1f0c2d3e4a5b`."""
    digest = hashlib.sha256()
    for path in files(source):
        file = source / path
        mode = "x\0" if _is_executable(file) else ""
        digest.update(f"{path.as_posix()}\0{file.stat().st_size}\0{mode}".encode())
        digest.update(file.read_bytes())
    return f"src-{digest.hexdigest()[:_DIGITS]}"


def checked_version(source: Path) -> str:
    """The version of a source that has all that it is built from. Raises as `check` does."""
    check(source)
    return source_version(source)


def copy(source: Path, folder: Path, paths: Iterable[Path]) -> None:
    """Copy these files, with their permission to be executed and no other."""
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target)
        target.chmod(0o755 if _is_executable(source / path) else 0o644)


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
