"""What happens around every request: ids, headers, metrics, one log line, faults, draining."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference import inputs, logs, problems, tracing
from reference.faults import ErrorRate, Faults
from reference.headers import secure
from reference.metrics import Metrics
from reference.problems import Problem
from reference.settings import Settings

PROBES = frozenset({"/livez", "/readyz", "/metrics"})


@dataclass
class Draining:
    """Whether the service has been told to stop. One a process, shared by server and app."""

    begun: bool = False


class Observed:
    """ASGI: the application with what the platform asks of every answer.

    route_of gives the template of the route that a request met, for metrics and logs.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        faults: Faults,
        metrics: Metrics,
        draining: Draining,
        route_of: Callable[[Scope], str],
    ) -> None:
        self._app = app
        self._settings = settings
        self._faults = faults
        self._error_rate = ErrorRate(faults.error_rate)
        self._metrics = metrics
        self._draining = draining
        self._route_of = route_of
        self._headers = {
            "X-Service": settings.service,
            "X-Version": settings.version,
            "X-Track": settings.track,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace = tracing.begin(
            headers.get("x-request-id", ""),
            headers.get("traceparent", ""),
            scope.get(tracing.PLACE),
        )
        scope[tracing.TRACE] = trace
        token = tracing.current.set(trace)
        try:
            await self._answer(scope, receive, send, headers, trace.request_id)
        finally:
            tracing.current.reset(token)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, request_id: str
    ) -> None:
        started = time.perf_counter()
        status = 0
        counted = scope["path"] not in PROBES
        faulty = counted and self._faults.latency_ms > 0

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                scope[tracing.ROUTE] = self._route_of(scope)
                self._add_headers(MutableHeaders(scope=message), request_id, faulty)
            await send(message)

        try:
            with self._metrics.in_flight() if counted else nullcontext():
                if counted and self._error_rate.strikes():
                    faulty = True
                    detail = "This version fails on purpose, for a share of its requests."
                    raise Problem(500, detail)
                await self._serve(scope, receive, observed_send, headers, counted)
        except Problem as problem:
            await problem.response()(scope, receive, observed_send)
        except Exception:  # noqa: BLE001 - the last place that can answer and log it
            logs.event("unexpected error", logging.ERROR, exc_info=True)
            if status == 0:
                await problems.unexpected().response()(scope, receive, observed_send)
        finally:
            if counted:
                self._record(scope, status, time.perf_counter() - started)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, counted: bool
    ) -> None:
        if counted and self._faults.latency_ms:
            await asyncio.sleep(self._faults.latency_ms / 1000)
        length = headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > self._settings.max_body_bytes:
            raise inputs.too_large(self._settings.max_body_bytes)
        await self._app(scope, receive, send)

    def _add_headers(self, headers: MutableHeaders, request_id: str, faulty: bool) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers["X-Request-Id"] = request_id
        secure(headers)
        if faulty:
            headers["X-Fault"] = "injected"
        if self._draining.begun:
            # The client opens its next connection to a pod that stays.
            headers["Connection"] = "close"

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        # No answer begun: the client went away first; 499 is nginx's number for that.
        status = status or 499
        route = self._route_of(scope)
        self._metrics.answered(scope["method"], route, status, seconds)
        logs.event(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
