"""What a service counts and measures, for Prometheus.

RED (rate, errors, duration) is by version and track, as a release's gate reads it. Labels come from
a bounded set, told beside each method: never a path, an id, or what somebody sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from reference.settings import Settings

# Seconds. 0.5 is the limit that a release is judged by, so it is a bound of its own.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST

_LABELS = ("service", "version", "track")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# For what takes milliseconds when all is well: a wait for a connection, a query, the event loop.
_SHORT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_MOST_REASONS = 20

Outcome = Literal["ok", "refused", "failed", "unanswered", "not_asked"]


class Metrics:
    """The metrics of one process. `route` is a template such as /v1/records/{id}, never a path."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._fixed = (settings.service, settings.version, settings.track)
        self._reasons: set[str] = set()
        self._count_requests()
        self._count_stores()
        self._count_work()

    def _count_requests(self) -> None:
        self._requests = self._counter(
            "http_requests", "Requests answered.", "method", "route", "status"
        )
        self._durations = self._histogram(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's end.",
            "method",
            "route",
        )
        self._in_flight = self._gauge(
            "http_requests_in_flight", "Requests being answered now."
        ).labels(*self._fixed)
        self._rate_limits = self._counter(
            "rate_limit_checks",
            "Requests held against a limit by result: allowed, refused, unavailable.",
            "limit",
            "result",
        )
        self._lag = self._histogram(
            "event_loop_lag_seconds",
            "How much later than asked for the event loop woke a timer: what blocks all requests.",
            buckets=_SHORT,
        ).labels(*self._fixed)

    def _count_stores(self) -> None:
        self._cache = self._counter(
            "cache_reads", "Reads through the cache by result: hit, miss, unavailable.", "result"
        )
        self._pool = self._gauge(
            "database_pool_connections", "Open connections by state: idle, in_use.", "state"
        )
        self._pool_limit = self._gauge(
            "database_pool_max_connections", "Connections that may be open at once."
        ).labels(*self._fixed)
        self._pool_waiting = self._gauge(
            "database_pool_waiting", "Uses that wait for a connection now."
        ).labels(*self._fixed)
        self._acquires = self._histogram(
            "database_pool_acquire_seconds", "Wait for a connection.", buckets=_SHORT
        ).labels(*self._fixed)
        self._queries = self._histogram(
            "database_query_duration_seconds",
            "Time that a use has its connection: its queries and what is done between them.",
            "use",
            buckets=_SHORT,
        )

    def _count_work(self) -> None:
        self._calls = self._histogram(
            "dependency_call_duration_seconds",
            "Tries of calls by outcome: ok, refused (4xx), failed (5xx), unanswered,"
            " not_asked (its breaker is open).",
            "dependency",
            "outcome",
        )
        self._breakers = self._gauge(
            "dependency_breaker_state",
            "Circuit breaker of a dependency: 0 closed, 1 half open, 2 open.",
            "dependency",
        )
        self._retries = self._counter(
            "dependency_retries", "Calls to a dependency that were tried again.", "dependency"
        )
        self._queues = self._gauge("queue_depth", "Work that is not yet done.", "queue")
        self._payment_failures = self._counter(
            "payment_failures", "Payments that were not made, by reason.", "reason"
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, (*_LABELS, *labels), registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, (*_LABELS, *labels), registry=self.registry)

    def _histogram(
        self, name: str, about: str, *labels: str, buckets: tuple[float, ...] = BUCKETS
    ) -> Histogram:
        return Histogram(name, about, (*_LABELS, *labels), buckets=buckets, registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. A method of the client's invention must not make a new series."""
        method = method if method in _METHODS else "other"
        self._requests.labels(*self._fixed, method, route, str(status)).inc()
        self._durations.labels(*self._fixed, method, route).observe(seconds)

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a request as long as it is being answered."""
        self._in_flight.inc()
        try:
            yield
        finally:
            self._in_flight.dec()

    def rate_limit_checked(self, limit: str, result: str) -> None:
        """Count one request held against a limit. limit: a policy's name."""
        self._rate_limits.labels(*self._fixed, limit, result).inc()

    def event_loop_lagged(self, seconds: float) -> None:
        """Tell how much too late a timer came."""
        self._lag.observe(max(seconds, 0.0))

    def cache_read(self, result: str) -> None:
        """Count one read through the cache."""
        self._cache.labels(*self._fixed, result).inc()

    def watch_pool(self, limit: int, idle: Callable[[], int], in_use: Callable[[], int]) -> None:
        """Tell whom to ask about the database's connections when the metrics are read."""
        self._pool_limit.set(limit)
        self._pool.labels(*self._fixed, "idle").set_function(idle)
        self._pool.labels(*self._fixed, "in_use").set_function(in_use)

    @contextmanager
    def waits_for_connection(self) -> Iterator[None]:
        """Measure a wait for a connection, which may end without one."""
        self._pool_waiting.inc()
        try:
            with self._acquires.time():
                yield
        finally:
            self._pool_waiting.dec()

    def queried(self, use: str, seconds: float) -> None:
        """Measure one use of a connection. use: a fixed name in the code."""
        self._queries.labels(*self._fixed, use).observe(seconds)

    def dependency_called(self, dependency: str, outcome: Outcome, seconds: float) -> None:
        """Measure one try of a call."""
        self._calls.labels(*self._fixed, dependency, outcome).observe(seconds)

    def breaker(self, dependency: str, state: str) -> None:
        """Tell the state of a dependency's circuit breaker: closed, half_open or open."""
        number = {"closed": 0, "half_open": 1, "open": 2}[state]
        self._breakers.labels(*self._fixed, dependency).set(number)

    def dependency_retried(self, dependency: str) -> None:
        """Count one more try of a call."""
        self._retries.labels(*self._fixed, dependency).inc()

    def queue_depth(self, queue: str, depth: int) -> None:
        """Tell how much work of a queue is not yet done. queue: a fixed name in the code."""
        self._queues.labels(*self._fixed, queue).set(depth)

    def payment_failed(self, reason: str) -> None:
        """Count one payment that was not made.

        reason: the provider's code. It is not ours, so after the first 20 all others are "other".
        """
        if reason not in self._reasons:
            if len(self._reasons) >= _MOST_REASONS:
                reason = "other"
            self._reasons.add(reason)
        self._payment_failures.labels(*self._fixed, reason).inc()

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)
