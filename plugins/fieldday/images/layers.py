"""The layers of an image, as tar files that are the same wherever and whenever they are made."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from fieldday.images import downloads
from fieldday.images.source import content, copy
from fieldday.processes import run

_INSTALL_SECONDS = 240
_TAR_SECONDS = 60
# Order, times, owners, modes and headers that depend on nothing but the content.
# https://reproducible-builds.org/docs/archives/
_REPRODUCIBLE = (
    "--sort=name",
    "--mtime=@0",
    *("--owner=0", "--group=0", "--numeric-owner"),
    "--mode=u+rwX,go+rX,go-w",
    "--format=pax",
    "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
)


def cache_folder() -> Path:
    """Where dependency layers are kept: `$XDG_CACHE_HOME/fieldday/layers`."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "fieldday" / "layers"


def dependencies(requirements: Path, cache: Path | None = None) -> Path:
    """The layer with what a requirements.txt names, made once for each content of it.

    It is for the Python and the machine that run this. Raises `CommandFailed` when a package
    can't be had, or its hash is not the pinned one.
    """
    cache = cache or cache_folder()
    text = requirements.read_bytes()
    # All of the version: what is needed may depend on it (`; python_full_version < "3.11.3"`).
    machine = (platform.python_version(), platform.system(), platform.machine())
    about = f"{' '.join(machine)}\0".encode()
    layer = cache / f"{hashlib.sha256(about + text).hexdigest()[:32]}.tar"
    if layer.is_file():
        return layer
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=cache) as folder:
        root = Path(folder) / "root"
        run(
            (
                *("uv", "pip", "install", "--quiet", "--python", sys.executable),
                *("--link-mode", "copy", "--no-compile-bytecode"),
                *("--require-hashes", "--only-binary", ":all:"),
                *("--target", root / "app", "--requirement", requirements),
            ),
            timeout=_INSTALL_SECONDS,
            env=downloads.environment(),
            bare=True,
        )
        # Their first line names this machine's Python; nobody calls them.
        shutil.rmtree(root / "app" / "bin", ignore_errors=True)
        (root / "app" / ".lock").unlink(missing_ok=True)
        new = Path(folder) / "layer.tar"
        pack(root, new)
        new.replace(layer)
    return layer


def code(source: Path, folder: Path) -> Path:
    """The layer with the service's own code, made in `folder`."""
    root = folder / "code"
    copy(source, root / "app", content(source))
    layer = folder / "code.tar"
    pack(root, layer)
    return layer


def pack(root: Path, archive: Path) -> None:
    """Pack what is in `root`."""
    # Without leading `./`, as images have it.
    names = sorted(path.name for path in root.iterdir())
    run(
        ("tar", "--create", f"--file={archive}", f"--directory={root}", *_REPRODUCIBLE, *names),
        timeout=_TAR_SECONDS,
    )
