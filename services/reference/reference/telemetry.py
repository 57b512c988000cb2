"""Traces by OpenTelemetry: a span each request, query, cache command and call to another service.

Imported only where traces are sent. Where to, and which share of them, OpenTelemetry's own
variables say (OTEL_*). Names and attributes are those of its stable conventions for HTTP and
databases. What leaves the process is on a list: everything else that an instrumentation may
collect (addresses of people, paths, queries, headers, messages of errors) stays here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, Status, TraceState
from opentelemetry.util.http import sanitize_method
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference import logs, tracing
from reference.cards import redacted
from reference.observed import PROBES
from reference.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.instrumentation.instrumentor import (  # type: ignore[attr-defined]
        BaseInstrumentor,
    )
    from opentelemetry.util.types import Attributes

# Of an instrumentation's attributes, these leave the process. None holds what somebody sent.
ALLOWED = frozenset(
    {
        "db.namespace",
        "db.operation.name",
        "db.query.text",
        "db.system.name",
        "error.type",
        "exception.type",
        "fieldday.request_id",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    }
)
# Not tracestate: it is anybody's text, which a span would carry to the collector as it came.
_KEPT_HEADERS = frozenset({b"traceparent"})
_SCOPE = "fieldday.scope"
_WARNING_SECONDS = 60.0
_SHORTEST_FLUSH = 0.5


class Telemetry:
    """The traces of this process. Instruments its libraries, so there is one at a time.

    exporter: None sends to where the variables say.
    """

    def __init__(self, settings: Settings, exporter: SpanExporter | None = None) -> None:
        # The instrumentations' default is still the names that were given up in 2023.
        os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")
        _quieten()
        self._provider = TracerProvider(
            resource=_resource(settings), id_generator=_Ids(), shutdown_on_exit=False
        )
        self._provider.sampler = _WithoutPolls(self._provider.sampler)
        self._provider.add_span_processor(BatchSpanProcessor(_Listed(exporter or _Collector())))
        self._instrumented = _instrumentations(settings)
        for instrumentation in self._instrumented:
            instrumentation.instrument(tracer_provider=self._provider, skip_dep_check=True)

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with a span around every request but the probes'."""
        traced = OpenTelemetryMiddleware(
            _named(app),
            default_span_details=lambda scope: (_method(scope), {}),
            tracer_provider=self._provider,
            exclude_spans=["receive", "send"],
        )

        async def around(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] in PROBES:
                await app(scope, receive, send)
            else:
                await traced(_bare(scope), receive, send)

        return around

    @contextmanager
    def span(self, name: str) -> Iterator[tracing.Place]:
        """A span for work that no request asked for; its place, for logs and calls."""
        tracer = trace.get_tracer(__name__, tracer_provider=self._provider)
        with tracer.start_as_current_span(name) as span:
            yield _place(span)

    async def stop(self, seconds: float) -> None:
        """Send what is left, for at most so long, and leave the libraries as they were."""
        for instrumentation in self._instrumented:
            instrumentation.uninstrument()
        # Waits as long as the exporter tries, so it is left behind where that is too long.
        thread = threading.Thread(target=self._provider.shutdown, daemon=True)
        thread.start()
        await asyncio.to_thread(thread.join, max(seconds, _SHORTEST_FLUSH))
        if thread.is_alive():
            logs.event("traces not sent", logging.WARNING, reason="the collector does not answer")


def _instrumentations(settings: Settings) -> list[BaseInstrumentor]:
    found: list[BaseInstrumentor] = [AsyncPGInstrumentor()]  # type: ignore[no-untyped-call]
    # Each loads its library, which only who needs it should spend.
    if settings.cache_url is not None:
        from opentelemetry.instrumentation.redis import RedisInstrumentor

        found.append(RedisInstrumentor())
    if settings.dependencies:
        from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

        found.append(HTTPXClientInstrumentor())
    return found


def _resource(settings: Settings) -> Resource:
    """Who sends the spans. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes first."""
    known = {
        "service.name": settings.service,
        "service.version": settings.version,
        "service.instance.id": settings.pod,
        "deployment.environment.name": settings.environment,
        "k8s.namespace.name": settings.namespace,
        "k8s.pod.name": settings.pod,
        "fieldday.track": settings.track,
    }
    ours = Resource({name: value for name, value in known.items() if value})
    return Resource.create(ours.merge(OTELResourceDetector().detect()).attributes)


def _bare(scope: Scope) -> Scope:
    """Of a request only what its span may know."""
    kept = ("type", "asgi", "http_version", "method", "scheme", "server")
    headers = [header for header in scope["headers"] if header[0].lower() in _KEPT_HEADERS]
    bare = {name: scope[name] for name in kept if name in scope}
    return {**bare, "path": "", "query_string": b"", "headers": headers, _SCOPE: scope}


def _method(scope: Scope) -> str:
    method = sanitize_method(scope["method"])
    return "HTTP" if method == "_OTHER" else str(method)


def _named(app: ASGIApp) -> ASGIApp:
    """The application, told the ids of its span, and telling it what the request was."""

    async def named(bare: Scope, receive: Receive, send: Send) -> None:
        scope = bare[_SCOPE]
        span = trace.get_current_span()
        scope[tracing.PLACE] = _place(span)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(span, scope)
            await send(message)

        try:
            await app(scope, receive, told)
        finally:
            # Where the client went away before there was an answer.
            _tell(span, scope)

    return named


def _place(span: Span) -> tracing.Place:
    context = span.get_span_context()
    return tracing.Place(
        trace.format_trace_id(context.trace_id),
        trace.format_span_id(context.span_id),
        f"{context.trace_flags & 1:02x}",
    )


def _tell(span: Span, scope: Scope) -> None:
    if not span.is_recording():
        return
    if route := scope.get(tracing.ROUTE):
        span.update_name(f"{_method(scope)} {route}")
        span.set_attribute("http.route", route)
    if told := scope.get(tracing.TRACE):
        span.set_attribute("fieldday.request_id", redacted(told.request_id))


class _Ids(RandomIdGenerator):
    """Random ids, none of which looks like a card's number in a log."""

    def generate_span_id(self) -> int:
        return int(tracing.new_span_id(), 16) or super().generate_span_id()


class _WithoutPolls(Sampler):
    """Begins no trace for a query or cache command that belongs to no request.

    Those come from probes and from work that is polled for, several a second for as long as the
    service runs.
    """

    def __init__(self, configured: Sampler) -> None:
        self._configured = configured

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        is_call = "http.request.method" in (attributes or {})
        if kind is SpanKind.CLIENT and not parent.is_valid and not is_call:
            return SamplingResult(Decision.DROP)
        return self._configured.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"WithoutPolls{{{self._configured.get_description()}}}"


class _Listed(SpanExporter):
    """Sends of each span only what is on the list."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_listed(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _listed(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        # An error's message and stack may quote values; the log has them, without what is secret.
        events=[Event(e.name, _allowed(e.attributes), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Attributes) -> Attributes:
    return {name: value for name, value in (attributes or {}).items() if name in ALLOWED}


class _Collector(SpanExporter):
    """Sends to the collector by OTLP over HTTP. Loaded with the first spans, in their thread."""

    def __init__(self) -> None:
        self._loaded: SpanExporter | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._loaded is None:
            # Imported here: a tenth of a second by which the service starts sooner.
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            self._loaded = OTLPSpanExporter()
        return self._loaded.export(spans)

    def shutdown(self) -> None:
        if self._loaded is not None:
            self._loaded.shutdown()


class _Sparing(logging.Filter):
    """Lets one warning of OpenTelemetry's pass a minute, whichever it is."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0
        self._left_out = 0
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("opentelemetry", "urllib3", "requests")):
            return True
        with self._lock:
            if time.monotonic() < self._next:
                self._left_out += 1
                return False
            self._next = time.monotonic() + _WARNING_SECONDS
            fields = {
                "collector": _endpoint(),
                "reason": record.getMessage(),
                "left_out": self._left_out,
            }
            self._left_out = 0
        record.msg, record.args = "traces warning", ()
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.fields = fields
        return True


def _endpoint() -> str | None:
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _quieten() -> None:
    # On the handlers, as a logger's own filter does not see what loggers below it say.
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, _Sparing) for known in handler.filters):
            handler.addFilter(_Sparing())
