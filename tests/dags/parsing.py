"""What parsing a DAG file costs, in a process of its own.

Parsing is repeated all day, so it has to stay cheap. `python -m tests.dags.parsing` shows seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE

_ROOT = Path(__file__).resolve().parents[2]
# Airflow is loaded already where DAG files are parsed. Its names are loaded at their first use.
_CODE = """
import json, sys, time
from airflow.sdk import *
before, events = set(sys.modules), []
kinds = ("os.exec", "os.fork", "os.posix_spawn", "os.system", "socket.connect",
         "socket.getaddrinfo", "subprocess.Popen")
sys.addaudithook(lambda event, _: events.append(event) if event in kinds else None)
began = time.process_time()
__import__(sys.argv[1])
seconds = time.process_time() - began
new = set(sys.modules) - before
print(json.dumps([len(before), len(new), sorted({n.split(".")[0] for n in new}), events, seconds]))
"""


@dataclass(frozen=True)
class Parsed:
    """What a DAG file did while it was parsed, beyond what Airflow has done before."""

    airflow_modules: int
    modules: int
    packages: frozenset[str]
    events: tuple[str, ...]  # processes that were started, connections
    seconds: float  # of a processor


def parse(name: str) -> Parsed:
    """Parse the DAG file of this name."""
    path = os.pathsep.join(str(_ROOT / folder) for folder in ("plugins", "dags"))
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CODE, name],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60 * PATIENCE,
    ).stdout
    before, new, packages, events, seconds = json.loads(out.splitlines()[-1])
    return Parsed(before, new, frozenset(packages), tuple(events), seconds)


if __name__ == "__main__":
    for file in sorted((_ROOT / "dags").glob("*.py")):
        found = min((parse(file.stem) for _ in range(3)), key=lambda parsed: parsed.seconds)
        print(f"{file.stem:12} {found.seconds:5.2f} s of CPU, {found.modules:4} modules")
