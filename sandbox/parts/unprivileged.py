"""Runs a program that refuses to run as root, also from a checkout that only root may enter."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
from pathlib import Path

# "nobody": owns nothing, and exists on every system.
UNPRIVILEGED_ID = 65534

# `access(2)` drops a user's capabilities unless this bit is set, and PostgreSQL's programs look
# for each other with it.
_KEEP_IN_ACCESS = "--securebits=+no_setuid_fixup"
_OPEN_FOLDERS = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")


class UnprivilegedError(RuntimeError):
    """The program cannot be run as another user; the text says why and what to do."""


def command_prefix(program: Path) -> tuple[str, ...]:
    """The argv prefix with which a program does not run as root; empty for a plain user.

    The sandbox's folders are closed to everyone but their owner, and the checkout may be too (a
    clone in /root, umask 077): so the other user gets the one capability that opens them.

    Raises UnprivilegedError: root, but `setpriv` is missing or may not do it.
    """
    if os.geteuid() != 0:
        return ()
    return _root_prefix(program)


@functools.cache
def _root_prefix(program: Path) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        msg = "postgresql: cannot run as root, and setpriv is missing. Install util-linux."
        raise UnprivilegedError(msg)
    user = (f"--reuid={UNPRIVILEGED_ID}", f"--regid={UNPRIVILEGED_ID}", "--clear-groups")
    prefix = (setpriv, _KEEP_IN_ACCESS, *user, *_OPEN_FOLDERS)
    probe = (*prefix, str(program), "--version")
    result = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=10)
    if result.returncode != 0:
        msg = (
            f"postgresql: cannot run as root, and not as user {UNPRIVILEGED_ID} either: "
            f"{result.stderr.strip()}. "
            "Run as a plain user, or give the container the capability DAC_OVERRIDE."
        )
        raise UnprivilegedError(msg)
    return prefix


def own(path: Path) -> None:
    """Give `path` and all below it to the unprivileged user, when we are root.

    Raises UnprivilegedError: we are a plain user and it belongs to somebody else.
    """
    owner = path.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            msg = (
                f"postgresql: {path} belongs to user {owner}, left by a run as root. "
                f"As root: chown -R {os.geteuid()} {shlex.quote(str(path))}"
            )
            raise UnprivilegedError(msg)
        return
    if owner == UNPRIVILEGED_ID:
        return
    # Itself last: its owner marks that all below it is done.
    for found in (*path.rglob("*"), path):
        os.chown(found, UNPRIVILEGED_ID, UNPRIVILEGED_ID, follow_symlinks=False)
