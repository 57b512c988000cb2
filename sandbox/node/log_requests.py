"""`kubectl logs`: read a container's log as the API server asks for it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import BinaryIO

from aiohttp import web

from sandbox.node.container import Container
from sandbox.node.logs import LogFile, LogKeeper
from sandbox.node.pods import Pods
from sandbox.node.state import Waiting

_POLL_SECONDS = 0.2
# Written in pieces, so that a long log neither fills the memory nor holds up the probes.
_PIECE_BYTES = 65536


async def serve_logs(request: web.Request, pods: Pods, logs: LogKeeper) -> web.StreamResponse:
    """Answer `/containerLogs/{namespace}/{pod}/{container}`."""
    info, query = request.match_info, request.query
    pod = pods.find(info["namespace"], info["pod"])
    named = (c for c in pod.containers if c.name == info["container"]) if pod else iter(())
    container = next(named, None)
    if container is None:
        return _refused(404, f"container {info['container']} of pod {info['pod']} not found")
    previous = query.get("previous") == "true"
    number = _number(container, previous)
    path = container.log(number) if number >= 0 else None
    log = logs.find(path) if path else None
    if path is None or log is None:
        return _refused(400, _no_log(container, info["pod"], previous))
    try:
        offset = _begin(log, query)
        limit = int(query["limitBytes"]) if query.get("limitBytes") else None
    except ValueError as error:
        return _refused(400, str(error))
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    answer.enable_chunked_encoding()
    await answer.prepare(request)
    stamped, follow = query.get("timestamps") == "true", query.get("follow") == "true"
    try:
        # Opened once: a pod's last words are read though its folder is removed meanwhile.
        with path.open("rb") as file:
            while True:
                going_on = follow and logs.is_open(path)
                log.notice()
                offset, limit = await _write(answer, log, file, offset, limit, stamped, going_on)
                if limit == 0 or not going_on:
                    break
                await asyncio.sleep(_POLL_SECONDS)
    except ConnectionError:
        return answer
    await answer.write_eof()
    return answer


def _number(container: Container, previous: bool) -> int:
    """Which run's log is meant, -1 when there is none."""
    state = container.state
    if not state.container_id:
        return -1
    # Waiting to be started again: the run that has just ended is the last one, and there is no
    # other; a kubelet gives it for `--previous` as well.
    if isinstance(state.now, Waiting):
        return state.restarts
    return state.restarts - 1 if previous else state.restarts


def _no_log(container: Container, pod: str, previous: bool) -> str:
    if previous:
        return f'previous terminated container "{container.name}" in pod "{pod}" not found'
    now = container.state.now
    reason = now.reason if isinstance(now, Waiting) else "no log"
    return f'container "{container.name}" in pod "{pod}" is waiting to start: {reason}'


def _begin(log: LogFile, query: object) -> int:
    """Where the answer begins.

    Raises ValueError: a number or a time that is none.
    """
    asked: dict[str, str] = dict(query)  # type: ignore[call-overload]
    log.notice()
    offset = log.start
    if seconds := asked.get("sinceSeconds"):
        offset = max(offset, log.since(time.time_ns() - int(seconds) * 10**9))
    if since := asked.get("sinceTime"):
        at = datetime.fromisoformat(since).astimezone(UTC)
        offset = max(offset, log.since(int(at.timestamp() * 10**9)))
    if lines := asked.get("tailLines"):
        offset = max(offset, log.tail(int(lines)))
    return offset


async def _write(
    answer: web.StreamResponse,
    log: LogFile,
    file: BinaryIO,
    offset: int,
    limit: int | None,
    stamped: bool,
    going_on: bool,
) -> tuple[int, int | None]:
    """Write what is there; where the next look begins, and how many bytes are left to write."""
    offset = max(offset, log.start)
    piece = bytearray()
    for at, line in log.lines(file, offset, partial=not going_on):
        offset = at + len(line)
        piece += _stamp(log.time_at(at)) + line if stamped else line
        if limit is not None and len(piece) >= limit:
            break
        if len(piece) >= _PIECE_BYTES:
            await answer.write(bytes(piece))
            limit = None if limit is None else limit - len(piece)
            piece.clear()
    if limit is not None:
        piece = piece[:limit]
        limit -= len(piece)
    if piece:
        await answer.write(bytes(piece))
    return offset, limit


def _stamp(nanoseconds: int) -> bytes:
    seconds, rest = divmod(nanoseconds, 10**9)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}Z ".encode()


def _refused(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=message)
