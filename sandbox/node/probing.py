"""Making one probe or one hook: HTTP, TCP, or a command."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.apiclient.api import Object
from sandbox.node.launch import Root
from sandbox.node.programs import run

_HEAD_BYTES = 8192


@dataclass(frozen=True)
class Target:
    """The container that is asked."""

    wire_ip: str
    """Where its process listens."""
    shown_ip: str
    """Its address in the API: what a person reads in the events."""
    ports: Mapping[str, int]
    environment: Mapping[str, str]
    directory: Path
    root: Root


class ProbeFailedError(Exception):
    """The answer was no, or none came; the message is the kubelet's."""


async def make(action: Object, target: Target, timeout: float) -> None:
    """Carry out a probe's or a hook's action (`httpGet`, `tcpSocket`, `exec`, `sleep`).

    Raises ProbeFailedError.
    """
    if get := action.get("httpGet"):
        await _http(get, target, timeout)
    elif socket := action.get("tcpSocket"):
        await _tcp(socket, target, timeout)
    elif command := action.get("exec"):
        await _exec(command, target, timeout)
    elif sleep := action.get("sleep"):
        await asyncio.sleep(min(float(sleep["seconds"]), timeout))


def _port(value: object, target: Target) -> int:
    if isinstance(value, int):
        return value
    if str(value).isdigit():
        return int(str(value))
    if (port := target.ports.get(str(value))) is None:
        msg = f"no container port is named '{value}'"
        raise ProbeFailedError(msg)
    return port


async def _tcp(action: Object, target: Target, timeout: float) -> None:
    port = _port(action["port"], target)
    host = action.get("host") or target.wire_ip
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError as error:
        msg = f"dial tcp {target.shown_ip}:{port}: i/o timeout"
        raise ProbeFailedError(msg) from error
    except OSError as error:
        msg = f"dial tcp {target.shown_ip}:{port}: {_words(error)}"
        raise ProbeFailedError(msg) from error
    writer.close()


async def _http(action: Object, target: Target, timeout: float) -> None:
    port = _port(action["port"], target)
    host = action.get("host") or target.wire_ip
    secure = action.get("scheme") == "HTTPS"
    path = action.get("path") or "/"
    shown = f"{'https' if secure else 'http'}://{target.shown_ip}:{port}{path}"
    headers = {"Host": f"{host}:{port}", "User-Agent": "kube-probe/1.36", "Accept": "*/*"}
    headers |= {h["name"]: h["value"] for h in action.get("httpHeaders") or []}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    split = urlsplit(path)
    asked = (split.path or "/") + (f"?{split.query}" if split.query else "")
    request = f"GET {asked} HTTP/1.1\r\n{head}Connection: close\r\n\r\n"
    try:
        async with asyncio.timeout(timeout):
            status = await _status(host, port, request.encode(), secure)
    except TimeoutError as error:
        msg = f'Get "{shown}": context deadline exceeded (Client.Timeout exceeded)'
        raise ProbeFailedError(msg) from error
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        msg = f'Get "{shown}": dial tcp {target.shown_ip}:{port}: {_words(error)}'
        raise ProbeFailedError(msg) from error
    if not 200 <= status < 400:
        msg = f"HTTP probe failed with statuscode: {status}"
        raise ProbeFailedError(msg)


async def _status(host: str, port: int, request: bytes, secure: bool) -> int:
    """The status of the answer. A probe looks at nothing else, so neither do we."""
    tls = None
    if secure:
        # As the kubelet: a probe does not check certificates.
        tls = ssl.create_default_context()
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=_HEAD_BYTES)
    try:
        writer.write(request)
        line = await reader.readuntil(b"\n")
        # Read on a little, or closing with bytes unread resets the connection under the server.
        with contextlib.suppress(TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(0.05):
                await reader.read(_HEAD_BYTES)
    finally:
        writer.close()
    version, _, rest = line.decode("latin-1").partition(" ")
    if not version.startswith("HTTP/"):
        msg = f"malformed HTTP response {line[:40]!r}"
        raise ValueError(msg)
    return int(rest[:3])


async def _exec(action: Object, target: Target, timeout: float) -> None:
    command = [target.root.rewritten(str(word)) for word in action.get("command") or []]
    try:
        result = await run(
            *command, timeout=timeout, environment=target.environment, directory=target.directory
        )
    except TimeoutError as error:
        msg = f"command timed out: {' '.join(command)} timed out after {timeout:g}s"
        raise ProbeFailedError(msg) from error
    except OSError as error:
        msg = f"{command[0] if command else 'exec'}: {_words(error)}"
        raise ProbeFailedError(msg) from error
    if result.code != 0:
        said = (result.output.decode(errors="replace") + result.errors).strip()
        raise ProbeFailedError(said[:500] or f"command exited with {result.code}")


def _words(error: BaseException) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connect: connection refused"
    if isinstance(error, ConnectionResetError):
        return "read: connection reset by peer"
    if isinstance(error, asyncio.IncompleteReadError):
        return "EOF"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
