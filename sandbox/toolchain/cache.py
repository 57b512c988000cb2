"""Built programs that all checkouts of a user share, so that each version is built once."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from sandbox.toolchain.versions import sha256

_SUMS = "SHA256SUMS"


def folder() -> Path | None:
    """Where they are: `FIELDDAY_TOOL_CACHE`, else below the user's cache folder, if we may write.

    An empty `FIELDDAY_TOOL_CACHE` turns the cache off.
    """
    chosen = os.environ.get("FIELDDAY_TOOL_CACHE")
    if chosen == "":
        return None
    try:
        if chosen is None:
            base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
            chosen = str(Path(base, "fieldday", "tools"))
        path = Path(chosen)
        if not path.is_absolute():
            return None
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        # RuntimeError: the user has no home, as in a container that is run with any user's id.
        return None
    return path if os.access(path, os.W_OK | os.X_OK) else None


def take(key: str, names: tuple[str, ...], into: Path) -> bool:
    """Link or copy the programs kept under this key; whether they were there and whole."""
    cache = folder()
    if cache is None:
        return False
    try:
        lines = (cache / key / _SUMS).read_text().splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        if any(sums[name] != sha256(cache / key / name) for name in names):
            return False
        for name in names:
            place(cache / key / name, into / name)
    except (OSError, KeyError, UnicodeDecodeError):
        return False
    return True


def keep(key: str, names: tuple[str, ...], made: Path) -> None:
    """Keep programs under this key. Without space or permission, nothing happens."""
    cache = folder()
    if cache is None:
        return
    new = cache / f".{key}.{secrets.token_hex(4)}"
    try:
        new.mkdir(mode=0o700)
        for name in names:
            place(made / name, new / name)
        sums = "".join(f"{sha256(new / name)}  {name}\n" for name in names)
        (new / _SUMS).write_text(sums)
        shutil.rmtree(cache / key, ignore_errors=True)
        new.rename(cache / key)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)


def place(source: Path, target: Path) -> None:
    """Make `target` the same file, or a copy where that cannot be."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
