"""How much memory a part is said to take."""

from __future__ import annotations

import subprocess
import sys

from sandbox import processes

# Starts a child that takes 60 MB, says so, and waits for the end of its input.
_PARENT = """
import os, subprocess, sys
child = "import sys; x = bytearray(60_000_000); print('up', flush=True); sys.stdin.read()"
subprocess.run([sys.executable, "-c", child], env={**os.environ, **eval(sys.argv[1])}, check=True)
"""


def _measured(environment: dict[str, str]) -> int:
    """The memory of a process whose child has this environment."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, repr(environment)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"up\n"
        found = processes.memory(parent.pid)
        parent.communicate()
    return found


def test_children_count() -> None:
    assert _measured({}) > 60_000_000


def test_pods_do_not_count_since_they_have_a_line_of_their_own() -> None:
    assert 0 < _measured({processes.POD_MARK: "8c1f"}) < 60_000_000


def test_a_process_that_has_ended_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert processes.memory(ended.pid) == 0
