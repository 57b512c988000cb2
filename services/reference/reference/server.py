"""The server: starts before its database is there, and stops without losing a request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn

from reference import event_loop, logs, services, trace_sender
from reference.app import application
from reference.faults import Faults
from reference.observed import Draining
from reference.service import assemble
from reference.settings import Settings, SettingsError
from reference.wire import Protocol


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: it would end by the signal, not with exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(settings: Settings, faults: Faults) -> None:
    """Serve until SIGTERM or SIGINT, then drain.

    Raises SettingsError: the service is unknown, the address is taken or not this machine's.
    """
    offered = services.load(settings.service)
    listener = _listen(settings)
    # Before what it instruments is made.
    telemetry = trace_sender.sender(settings)
    service = assemble(settings, faults)
    app = application(service, offered)
    config = uvicorn.Config(
        telemetry.around(app) if telemetry else app,
        lifespan="off",
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.grace_seconds),
    )
    server = _Server(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if faults.crash_after_seconds is not None:
        loop.call_later(faults.crash_after_seconds, _crash)
    beside = [
        asyncio.create_task(service.database.open()),
        asyncio.create_task(event_loop.watch(service.metrics)),
        asyncio.create_task(_drain(stop, service.draining, server, settings)),
        *(asyncio.create_task(run(service)) for run in offered.background),
    ]
    logs.event("started", host=settings.host, port=settings.port)
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await service.close()
        if telemetry:
            await telemetry.stop(settings.drain_seconds)
    logs.event("stopped")


async def _drain(
    stop: asyncio.Event, draining: Draining, server: uvicorn.Server, settings: Settings
) -> None:
    """After the signal: say "not ready", close connections as they are used, then stop.

    Closing at once would cut the request that a client is just sending on an idle connection.
    """
    await stop.wait()
    draining.begun = True
    logs.event("draining", seconds=settings.drain_seconds)
    await asyncio.sleep(settings.drain_seconds)
    server.should_exit = True


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, made here so that a taken address is a clear message."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer waits
    # 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as e:
        listener.close()
        where = f"POD_IP, PORT: {settings.host}:{settings.port}"
        msg = f"{where} cannot be listened on ({e.strerror}). Give a free address of this machine."
        raise SettingsError(msg) from e
    listener.setblocking(False)
    return listener


def _crash() -> None:
    logs.event("crash on purpose", logging.CRITICAL)
    sys.stdout.flush()
    os._exit(1)
