"""RED metrics (rate, errors, duration) by version and track, as a release's gate reads them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from reference.settings import Settings

# Seconds. 0.5 is the limit that a release is judged by, so it is a bound of its own.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one process. `route` is a template such as /v1/records/{id}, never a path."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._fixed = (settings.service, settings.version, settings.track)
        names = ("service", "version", "track")
        self._requests = Counter(
            "http_requests",
            "Requests answered.",
            (*names, "method", "route", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's end.",
            (*names, "method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._cache = Counter(
            "cache_reads",
            "Reads through the cache by result: hit, miss, unavailable.",
            (*names, "result"),
            registry=self.registry,
        )

        self._breakers = Gauge(
            "dependency_breaker_state",
            "Circuit breaker of a dependency: 0 closed, 1 half open, 2 open.",
            (*names, "dependency"),
            registry=self.registry,
        )
        self._retries = Counter(
            "dependency_retries",
            "Calls to a dependency that were tried again.",
            (*names, "dependency"),
            registry=self.registry,
        )
        self._rate_limits = Counter(
            "rate_limit_checks",
            "Requests held against a limit by result: allowed, refused, unavailable.",
            (*names, "limit", "result"),
            registry=self.registry,
        )

        self._queues = Gauge(
            "queue_depth",
            "Work that is kept until it is done.",
            (*names, "queue"),
            registry=self.registry,
        )
        self._payment_failures = Counter(
            "payment_failures",
            "Payments that the provider declined, by its reason.",
            (*names, "reason"),
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. A method of the client's invention must not make a new series."""
        method = method if method in _METHODS else "other"
        self._requests.labels(*self._fixed, method, route, str(status)).inc()
        self._durations.labels(*self._fixed, method, route).observe(seconds)

    def cache_read(self, result: str) -> None:
        """Count one read through the cache."""
        self._cache.labels(*self._fixed, result).inc()

    def breaker(self, dependency: str, state: str) -> None:
        """Tell the state of a dependency's circuit breaker: closed, half_open or open."""
        number = {"closed": 0, "half_open": 1, "open": 2}[state]
        self._breakers.labels(*self._fixed, dependency).set(number)

    def dependency_retried(self, dependency: str) -> None:
        """Count one more try of a call."""
        self._retries.labels(*self._fixed, dependency).inc()

    def rate_limit_checked(self, limit: str, result: str) -> None:
        """Count one request held against a limit."""
        self._rate_limits.labels(*self._fixed, limit, result).inc()

    def queue_depth(self, queue: str, depth: int) -> None:
        """Tell how much work is not yet done."""
        self._queues.labels(*self._fixed, queue).set(depth)

    def payment_failed(self, reason: str) -> None:
        """Count one payment that was declined. reason: one of the provider's words."""
        self._payment_failures.labels(*self._fixed, reason).inc()

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)
