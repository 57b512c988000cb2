"""supervisord: keeps the parts running, and is controlled over its socket.

Its configuration names the parts and how to stop them; what each one runs is in a file of its
own that `sandbox.launch` reads. So one part can change without affecting the others.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import socket
import subprocess
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.files import write
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.part import Part
from sandbox.processes import MARK

RUNNING_STATES = ("STARTING", "RUNNING")
_START_SECONDS = 20.0
_CALL_SECONDS = 10.0
_LOG_BYTES = 10_000_000

# What must not come from the shell that runs `up`: another Python's modules, another cluster,
# an account that costs money, another sandbox. etcd exits if it finds an option twice.
_FOREIGN = ("AIRFLOW_", "AWS_", "ETCD", "FIELDDAY_", "HELM_", "KUBE", "PG", "PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Process:
    """What the supervisor knows of one part."""

    state: str
    """STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN."""
    pid: int
    """0 when it does not run."""
    started: int
    """Unix time of its last start."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CALL_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> _Connection:
        connection = _Connection(self._path)
        # The base class closes this.
        self._connection = host, connection
        return connection


class Supervisor:
    """The supervisor of one sandbox. May be used by several threads at once."""

    def __init__(self, layout: Layout, python: Path) -> None:
        """Starts nothing."""
        self._layout = layout
        self._python = python
        self.folder = layout.root / "supervisor"
        self.socket = layout.run / "supervisor.sock"

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method of its XML-RPC interface.

        Raises OSError: it does not answer. Raises xmlrpc.client.Fault: it refuses.
        """
        transport = _Transport(self.socket)
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)

    def pid(self) -> int:
        """The supervisor's process id; 0 when it does not answer."""
        with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            return int(self.call("getPID"))
        return 0

    def processes(self) -> Mapping[str, Process]:
        """Every part that it has; empty when it does not run."""
        try:
            found = self.call("getAllProcessInfo")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}
        return {p["name"]: Process(p["statename"], p["pid"], p["start"]) for p in found}

    def ensure(self, parts: Iterable[Part]) -> None:
        """Start the supervisor, or tell the running one which parts there are now.

        Raises SandboxError: it does not come up.
        """
        self._layout.folder(self.folder)
        self._refuse_foreign(self._layout.folder(self.socket.parent))
        self._layout.folder(self._layout.logs)
        launcher = (str(self._python), "-I", "-S", str(CHECKOUT / "sandbox" / "launch.py"))
        script = f'#!/bin/sh\nexec {shlex.join(launcher)} supervisor "$1"\n'
        write(self.folder / "launch", script, mode=0o700)
        write(self.folder / "supervisord.conf", self._configuration(parts))
        if self.pid() == 0:
            self._start()
        else:
            # Also when nothing has changed: an interrupted `up` may not have reached this.
            self._reload()

    def _refuse_foreign(self, folder: Path) -> None:
        # It may be below /tmp, where somebody else can have made it: whoever owns the folder
        # can put another supervisor at the socket's place.
        if folder.lstat().st_uid != os.geteuid():
            msg = f"{folder}: was made by another user. Remove it as that user."
            raise SandboxError(msg)

    def _configuration(self, parts: Iterable[Part]) -> str:
        # Paths are relative to its working directory, so that they need no quoting.
        where = self.socket
        if where.is_relative_to(self._layout.root):
            where = where.relative_to(self._layout.root)
        sections: list[tuple[str, dict[str, object]]] = [
            ("unix_http_server", {"file": where, "chmod": "0700"}),
            (
                "supervisord",
                {
                    "logfile": "logs/supervisor.log",
                    "logfile_maxbytes": _LOG_BYTES,
                    "logfile_backups": 1,
                    "pidfile": "supervisor/supervisord.pid",
                },
            ),
            (
                "rpcinterface:supervisor",
                {
                    "supervisor.rpcinterface_factory": (
                        "supervisor.rpcinterface:make_main_rpcinterface"
                    )
                },
            ),
            *((f"program:{part.name}", _program(part)) for part in parts),
        ]
        return "\n".join(
            "\n".join((f"[{name}]", *(f"{key}={value}" for key, value in section.items()), ""))
            for name, section in sections
        )

    def _start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
        environment[MARK] = str(self._layout.root)
        # Airflow writes its processes' titles over their environment, which has our mark.
        environment["SPT_NOENV"] = "1"
        command = (str(self._python), "-m", "supervisor.supervisord")
        # It daemonizes itself.
        result = subprocess.run(
            (*command, "-c", "supervisor/supervisord.conf"),
            cwd=self._layout.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_SECONDS,
        )
        if result.returncode != 0:
            msg = f"supervisor: cannot be started: {result.stderr.strip()[-500:]}"
            raise SandboxError(msg)
        deadline = time.monotonic() + _START_SECONDS
        while self.pid() == 0:
            if time.monotonic() > deadline:
                log = self._layout.logs / "supervisor.log"
                msg = f"supervisor: does not answer after {_START_SECONDS:.0f} s. See {log}."
                raise SandboxError(msg)
            time.sleep(0.05)

    def _reload(self) -> None:
        ((added, changed, removed),) = self.call("reloadConfig")
        for name in (*changed, *removed):
            self.stop(name, _CALL_SECONDS)
            self.call("removeProcessGroup", name)
        for name in (*changed, *added):
            self.call("addProcessGroup", name)

    def start(self, name: str) -> None:
        """Start a part, without waiting until it works.

        Raises SandboxError: the supervisor cannot start it.
        """
        try:
            self.call("startProcess", name, False)
        except (OSError, xmlrpc.client.Error) as error:
            if self.processes().get(name, Process("", 0, 0)).state in RUNNING_STATES:
                return
            msg = f"{name}: the supervisor cannot start it: {error}. Run 'make up' again."
            raise SandboxError(msg) from error

    def stop(self, name: str, seconds: float) -> None:
        """Stop a part, and wait until it has exited.

        The supervisor kills it after the part's own time; `seconds` is that time.

        Raises SandboxError: it is still running.
        """
        with contextlib.suppress(xmlrpc.client.Fault):
            self.call("stopProcess", name, False)
        deadline = time.monotonic() + seconds + _CALL_SECONDS
        while (process := self.processes().get(name)) and process.pid:
            if time.monotonic() > deadline:
                msg = f"{name}: process {process.pid} does not end. Kill it with 'kill -9'."
                raise SandboxError(msg)
            time.sleep(0.05)

    def shutdown(self) -> None:
        """Stop the supervisor, and what still runs under it."""
        with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            self.call("shutdown")


def _program(part: Part) -> dict[str, object]:
    return {
        "command": f"supervisor/launch {part.name}",
        "autostart": "false",
        "autorestart": "true",
        # Five minutes of trying, at longer and longer intervals.
        "startsecs": 1,
        "startretries": 24,
        "stopsignal": part.stop_signal,
        "stopwaitsecs": round(part.stop_seconds),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"logs/{part.name}.log",
        "stdout_logfile_maxbytes": _LOG_BYTES,
        "stdout_logfile_backups": 2,
    }
