"""`status`: what runs, where, and how much memory it takes; and who may log in to Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from rich.table import Table

from sandbox import processes
from sandbox.parts.airflow_settings import USERS
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.supervisor import Process, Supervisor

_STYLES = {"ready": "green", "stopped": "dim", "starting": "yellow"}
_STOPPED = Process("STOPPED", 0, 0)


@dataclass(frozen=True)
class Line:
    """One part."""

    part: str
    state: str
    """`ready`, `starting` (runs, but is not healthy), `failing` (exits again and again) or
    `stopped`."""
    address: str
    memory: int
    """Bytes, with its children's, without pods'."""
    pid: int
    """0 when it does not run."""


@dataclass(frozen=True)
class Status:
    """The whole sandbox."""

    lines: tuple[Line, ...]
    users: Mapping[str, str]
    """Airflow's users and their passwords."""

    @property
    def is_ready(self) -> bool:
        """Whether every part is healthy."""
        return all(line.state == "ready" for line in self.lines if line.part != "pods")

    @property
    def memory(self) -> int:
        """Bytes of all parts and pods."""
        return sum(line.memory for line in self.lines)

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "ready": self.is_ready,
            "memory": self.memory,
            "parts": [asdict(line) for line in self.lines],
            "users": dict(self.users),
        }


def status(context: Context) -> Status:
    """Look at every part now."""
    supervisor = Supervisor(context.layout, context.python)
    known = supervisor.processes()
    with ThreadPoolExecutor(max_workers=16) as pool:
        lines = list(
            pool.map(lambda part: _line(part, known.get(part.name, _STOPPED)), all_parts(context))
        )
    if pid := supervisor.pid():
        own = processes.memory(pid) - sum(line.memory for line in lines)
        lines.append(Line("supervisor", "ready", "", max(0, own), pid))
    pods = [p for p in processes.marked(context.layout) if processes.is_pod(p)]
    if pods:
        memory = sum(processes.own_memory(process) for process in pods)
        lines.append(Line("pods", f"{len(pods)} processes", "", memory, 0))
    users = {user: context.secrets[f"airflow-{user}"] for user in USERS}
    return Status(tuple(lines), users)


def _line(part: Part, process: Process) -> Line:
    if process.state in ("BACKOFF", "FATAL"):
        state = "failing"
    elif not process.pid:
        state = "stopped"
    else:
        state = "ready" if part.ready() else "starting"
    memory = processes.memory(process.pid) if process.pid else 0
    return Line(part.name, state, part.address, memory, process.pid)


def table(status: Status) -> Table:
    """For people."""
    found = Table("part", "state", "address", box=None, pad_edge=False)
    found.add_column("memory", justify="right")
    for line in status.lines:
        style = _STYLES.get(line.state, "" if line.part == "pods" else "red")
        memory = _megabytes(line.memory) if line.memory else ""
        found.add_row(
            line.part, f"[{style}]{line.state}[/]" if style else line.state, line.address, memory
        )
    found.add_row("", "", "[dim]all[/]", _megabytes(status.memory))
    return found


def users_table(status: Status) -> Table:
    """Airflow's users, for people."""
    found = Table("user of Airflow", "password", box=None, pad_edge=False)
    for user, password in status.users.items():
        found.add_row(user, password)
    return found


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
