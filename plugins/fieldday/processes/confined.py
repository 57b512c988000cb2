"""Run a program that can't read other processes: `python -I -S confined.py program argument...`.

Linux lets a process read the environment and the memory of every other of its user in /proc, and
root those of all. A process in a Landlock domain may do so only with those in the same domain, and
so may whatever it starts. Capabilities would be a way around that, so root loses them.
https://docs.kernel.org/userspace-api/landlock.html#ptrace-restrictions

Ends with 125 where the kernel can't do that: nothing is run unconfined.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_NO_NEW_PRIVS = 38
_CAPABILITIES_V3 = 0x20080522
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
# Moving a file to another folder: the one right that is denied unless a rule allows it.
_REFER = 1 << 13
_REFER_SINCE = 2
_UNCONFINED = 125


def confine() -> None:
    """Give up capabilities, and enter a domain that reads no other process. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function: str, *given: int | bytes | None) -> int:
        result = int(getattr(libc, function)(*given))
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    if call("syscall", _CREATE_RULESET, None, 0, _VERSION) < _REFER_SINCE:
        raise OSError(0, "it is too old")
    call("prctl", _NO_NEW_PRIVS, 1, 0, 0, 0)
    # Without them, and without new privileges, `execv` gives root none either. `mm_access` in the
    # kernel asks for CAP_PERFMON besides Landlock.
    call("capset", struct.pack("=Ii", _CAPABILITIES_V3, 0), struct.pack("=6I", *[0] * 6))
    attributes = struct.pack("=Q", _REFER)
    rules = call("syscall", _CREATE_RULESET, attributes, len(attributes), 0)
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    call("syscall", _ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", _REFER, root), 0)
    call("syscall", _RESTRICT_SELF, rules, 0)
    os.close(root)
    os.close(rules)


def main() -> None:
    """Confine this process, and become the program."""
    try:
        confine()
    except (OSError, AttributeError) as e:
        sys.stderr.write(
            f"Landlock: the kernel does not offer it ({e}), so nothing that is not ours is run. "
            "Use Linux 5.19 or later with 'landlock' in /sys/kernel/security/lsm.\n"
        )
        sys.exit(_UNCONFINED)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - this is its purpose


if __name__ == "__main__":
    main()
