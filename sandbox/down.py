"""`down`: stop everything; `down --purge`: and remove its data."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable
from functools import partial

import psutil

from sandbox import processes
from sandbox.errors import SandboxError
from sandbox.files import locked, read_json
from sandbox.layout import Layout
from sandbox.parts.all import all_parts
from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.ports import KUBELET_PORT, is_free, remembered
from sandbox.steps import Cancellation, Observer, Step, carry_out
from sandbox.supervisor import Supervisor

# What was fetched or built, and the lock that we hold.
_KEPT = ("bin", "go", "uv", "up.lock")
# Pods and other leftovers get this long before they are killed.
_GRACE_SECONDS = 5.0
_SHUTDOWN_SECONDS = 20.0


def down(context: Context, observer: Observer) -> bool:
    """Stop every process of the sandbox; returns whether there was any.

    Raises SandboxError: one does not exit, or a port is not released.
    """
    layout = context.layout
    with locked(layout.root / "up.lock"):
        supervisor = Supervisor(layout, context.python)
        before = processes.marked(layout)
        if pid := supervisor.pid():
            _stop_parts(supervisor, all_parts(context), observer)
            supervisor.shutdown()
            with contextlib.suppress(psutil.Error):
                psutil.Process(pid).wait(_SHUTDOWN_SECONDS)
        # Pods, and what a killed supervisor left.
        for left in processes.end(processes.marked(layout), _GRACE_SECONDS):
            msg = f"process {left.pid} ({left.name()}): does not end. Kill it with 'kill -9'."
            raise SandboxError(msg)
        supervisor.socket.unlink(missing_ok=True)
        _wait_for_ports(context)
    return bool(before or pid)


def _stop_parts(supervisor: Supervisor, parts: Iterable[Part], observer: Observer) -> None:
    """Stop each part once everything that needs it has exited."""
    known = {name for name, process in supervisor.processes().items() if process.state != "STOPPED"}
    wanted = [part for part in parts if part.name in known]
    # Nothing waits for a part that the sandbox no longer has.
    steps = [
        Step(name, partial(_stop, supervisor, name, 10.0))
        for name in known - {part.name for part in wanted}
    ]
    for part in wanted:
        users = tuple(other.name for other in wanted if part.name in other.needs)
        run = partial(_stop, supervisor, part.name, part.stop_seconds)
        steps.append(Step(part.name, run, users, usual_seconds=1))
    carry_out(steps, observer, Cancellation())


def _stop(supervisor: Supervisor, name: str, seconds: float, _: Cancellation) -> str:
    begin = time.monotonic()
    supervisor.stop(name, seconds)
    return f"ended after {time.monotonic() - begin:.1f} s"


def _wait_for_ports(context: Context) -> None:
    listeners = [("127.0.0.1", port) for port in context.ports.numbers.values()]
    listeners.append((f"127.{context.block}.1", KUBELET_PORT))
    deadline = time.monotonic() + _GRACE_SECONDS
    while taken := [listener for listener in listeners if not is_free(*listener)]:
        if time.monotonic() > deadline:
            address, port = taken[0]
            msg = (
                f"port {address}:{port}: another program listens there, not the sandbox's. Stop it."
            )
            raise SandboxError(msg)
        time.sleep(0.1)


def forget_damaged(layout: Layout) -> None:
    """Remove damaged records, for a `down` before a purge.

    They would only raise errors; neither ports nor secrets are needed to find the processes.
    """
    for name, check in (("ports.json", remembered), ("secrets.json", _read_secrets)):
        try:
            check(layout)
        except SandboxError:
            (layout.root / name).unlink(missing_ok=True)


def _read_secrets(layout: Layout) -> None:
    read_json(layout.root / "secrets.json")


def purge(layout: Layout) -> None:
    """Remove data, keys, secrets, logs and reports. Call it after `down`.

    Raises SandboxError: something there belongs to somebody else.
    """
    with locked(layout.root / "up.lock"):
        try:
            for path in layout.root.iterdir():
                if path.name in _KEPT:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            if not layout.run.is_relative_to(layout.root):
                shutil.rmtree(layout.run, ignore_errors=True)
        except PermissionError as error:
            msg = (
                f"{error.filename}: may not be removed ({error.strerror}); it was made by another "
                "user, perhaps by a run as root. Remove it as that user."
            )
            raise SandboxError(msg) from error
