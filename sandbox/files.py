"""Files that are written atomically, readable by their owner only, and locks between processes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError

_LOCK_POLL_SECONDS = 0.1


def write(path: Path, content: str | bytes, mode: int = 0o600) -> bool:
    """Replace a file atomically if it differs; returns whether it did.

    A reader, also after a kill at any point, finds either the old content or the new.
    """
    data = content.encode() if isinstance(content, str) else content
    with contextlib.suppress(OSError):
        if path.read_bytes() == data and path.stat().st_mode & 0o777 == mode:
            return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            # The umask may have removed others' read permission.
            os.fchmod(file.fileno(), mode)
            file.write(data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return True


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if there is no file.

    Raises SandboxError: there is something else in it.
    """
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (ValueError, UnicodeDecodeError) as error:
        msg = f"{path}: is damaged ({error}). Run 'make down PURGE=1', or remove it."
        raise SandboxError(msg) from error
    if not isinstance(found, dict):
        msg = f"{path}: is damaged (not an object). Run 'make down PURGE=1', or remove it."
        raise SandboxError(msg)
    return found


@contextlib.contextmanager
def locked(path: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Hold a lock that no other thread or process holds; the kernel releases it on a kill.

    `sleep` is called between tries; what it raises ends the wait.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                sleep(_LOCK_POLL_SECONDS)
        yield
