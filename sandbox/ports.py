"""Ports and pod addresses of this sandbox: free ports, chosen once and remembered.

They stay the same over restarts, because bookmarks, kubeconfigs, connections and running pods
name them. Each sandbox starts its search at a different place, so that two checkouts on one
machine do not collide, even when neither of them is running.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

import psutil

from sandbox.errors import SandboxError
from sandbox.files import locked, read_json, write
from sandbox.layout import Layout
from sandbox.processes import marked

NAMES = (
    "airflow",
    "edge",
    "kube-apiserver",
    "victoria-metrics",
    "registry",
    "moto",
    "postgresql",
    "valkey",
    "etcd",
    "etcd-peer",
    "kube-controller-manager",
    "kube-scheduler",
    "edge-proxy",
    "edge-metrics",
)
KUBELET_PORT = 10250

# Below the range that Linux gives to outgoing connections (32768), above what servers usually use.
_FIRST, _LAST = 20_000, 32_000
# Ports a sandbox; a few more than there are names.
_STRIDE = 20


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1 by name."""

    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        """The port of that name. Raises KeyError: there is none."""
        return self.numbers[name]

    def url(self, name: str) -> str:
        """The plain HTTP address of that port, without a slash at its end."""
        return f"http://127.0.0.1:{self[name]}"


def remembered(layout: Layout) -> tuple[Ports, str]:
    """The ports and the pod address block (e.g. `18.7`) of this sandbox.

    What is not remembered yet is chosen, and remembered in `ports.json`.

    Raises SandboxError: the file is damaged, or nothing is free.
    """
    path = layout.root / "ports.json"
    with locked(layout.root / "ports.lock"):
        try:
            numbers, block = _checked(read_json(path))
        except (AttributeError, TypeError, ValueError) as error:
            msg = f"{path}: is damaged ({error}). Run 'make down PURGE=1', or remove it."
            raise SandboxError(msg) from error
        numbers = _with_missing(numbers, _seed(layout))
        block = block or _free_block(_seed(layout))
        write(path, json.dumps({"ports": numbers, "block": block}, indent=2) + "\n")
    return Ports(numbers), block


def _checked(known: Mapping[str, Any]) -> tuple[dict[str, int], str]:
    """What the file says. Raises AttributeError, TypeError or ValueError: it makes no sense."""
    numbers = {str(name): int(port) for name, port in known.get("ports", {}).items()}
    for name, port in numbers.items():
        if not 0 < port < 1 << 16:
            msg = f"{port} is no port for {name}"
            raise ValueError(msg)
    block = str(known.get("block", ""))
    if block:
        IPv4Address(f"127.{block}.1")
    return numbers, block


def _seed(layout: Layout) -> int:
    return int.from_bytes(hashlib.sha256(os.fsencode(layout.root)).digest()[:4])


def _with_missing(numbers: dict[str, int], seed: int) -> dict[str, int]:
    missing = [name for name in NAMES if name not in numbers]
    if not missing:
        return numbers
    slots = (_LAST - _FIRST) // _STRIDE
    start = _FIRST + seed % slots * _STRIDE
    candidates = (*range(start, _LAST), *range(_FIRST, start))
    used = set(numbers.values())
    free = (port for port in candidates if port not in used and is_free("127.0.0.1", port))
    chosen = dict(zip(missing, free, strict=False))
    if len(chosen) < len(missing):
        msg = f"ports: none is free from {_FIRST} to {_LAST}. Stop some of what listens there."
        raise SandboxError(msg)
    return numbers | chosen


def _free_block(seed: int) -> str:
    # 198.18.0.0 to 198.19.254.0, but for the first, which people use by hand.
    blocks = [f"{second}.{third}" for second in (18, 19) for third in range(1, 255)]
    start = seed % len(blocks)
    for block in blocks[start:] + blocks[:start]:
        if is_free(f"127.{block}.1", KUBELET_PORT):
            return block
    msg = (
        f"pod addresses: port {KUBELET_PORT} is taken on all of 127.18.0.0/15, "
        "or these addresses are not on the loopback interface. Stop what listens there."
    )
    raise SandboxError(msg)


def is_free(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: connections of a server that has ended do not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def holder(address: str, port: int) -> psutil.Process | None:
    """The process that listens there, if we may know it."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            local: Any = connection.laddr
            if connection.status != psutil.CONN_LISTEN or not local or local.port != port:
                continue
            if local.ip in (address, "0.0.0.0", "::") and connection.pid:  # noqa: S104
                return psutil.Process(connection.pid)
    return None


def refuse_taken(listeners: Iterable[tuple[str, str, int]], layout: Layout) -> None:
    """Check that each part's (name, address, port) is free, or its own already.

    Raises SandboxError: somebody else listens on one; names the part, the port, who, and the fix.
    """
    taken = [listener for listener in listeners if not is_free(*listener[1:])]
    ours = {process.pid for process in marked(layout)} if taken else set()
    for part, address, port in taken:
        who = "another program"
        process = holder(address, port)
        if process is not None:
            if process.pid in ours:
                continue
            with contextlib.suppress(psutil.Error):
                who = f"process {process.pid} ({process.name()})"
        msg = (
            f"{part}: its port {address}:{port} is taken by {who}. "
            f"Stop that, or remove {layout.root / 'ports.json'} to choose other ports."
        )
        raise SandboxError(msg)
