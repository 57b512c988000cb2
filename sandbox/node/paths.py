"""Container paths as paths of the machine: there is no chroot, so they are rewritten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def inside(root: Path, path: str) -> Path:
    """The place below the container's root that stands for an absolute path in it.

    `..` cannot lead out of the root.
    """
    parts: list[str] = []
    for part in PurePosixPath("/", path).parts[1:]:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return root.joinpath(*parts)


def rewrite(text: str, mounts: Iterable[str], root: Path) -> str:
    """Put `root` before a mount's path that begins `text`, or what follows its first `=`.

    So that `/etc/app/settings.yaml` and `--config=/etc/app/settings.yaml` are found where the
    volume mounted at `/etc/app` really is. Other paths are the machine's own.
    """
    head, equals, tail = text.partition("=")
    if equals and not head.startswith("/"):
        return head + equals + _rewrite_start(tail, mounts, root)
    return _rewrite_start(text, mounts, root)


def _rewrite_start(text: str, mounts: Iterable[str], root: Path) -> str:
    for mount in mounts:
        bare = mount.rstrip("/")
        if bare and (text == bare or text.startswith(f"{bare}/")):
            return f"{root}{text}"
    return text
