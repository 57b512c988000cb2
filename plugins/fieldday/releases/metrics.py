"""What a gate measures: PromQL over the metrics that every service has by its contract."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass

import httpx

from fieldday.metrics.prometheus import Prometheus, Series


@dataclass(frozen=True)
class Subject:
    """Which pods are measured."""

    service: str
    namespace: str
    track: str
    version: str
    """The tag that the track runs."""


@dataclass(frozen=True)
class Figures:
    """One track, since the gate opened."""

    requests: float = 0
    """How many it answered."""
    errors: float = 0
    """How many of them with a status of 500 or more."""
    p95_seconds: float | None = None
    """The 95th percentile of their durations; none without requests."""
    slow: float = 0
    """How many took longer than the limit for the 95th percentile."""
    restarts: float = 0
    """How often its containers were started again."""

    @property
    def error_rate(self) -> float:
        """Errors among the requests, 0 to 1."""
        return self.errors / self.requests if self.requests else 0.0

    def to_dict(self) -> dict[str, float | None]:
        """For the record."""
        return asdict(self)


def queries(subject: Subject, seconds: float, limit: float) -> dict[str, str]:
    """The PromQL for a subject over the last `seconds`, by what it measures.

    `limit` is the limit for the 95th percentile, in seconds: a bound of the histogram's buckets.

    Counters are compared with what they were then, 0 for those that were not there: `increase`
    would lose the first value of a new series, which for the first error of a new pod is the
    one that matters.
    """
    window = max(1, round(seconds))
    # True of every series. VictoriaMetrics remembers for ten seconds that a selector matched
    # nothing, and a candidate's series are new; one that it never saw is looked up.
    fresh = f'asked!="{time.time():.3f}"'
    labels = (
        f'service="{subject.service}",namespace="{subject.namespace}",'
        f'track="{subject.track}",version="{subject.version}",{fresh}'
    )
    requests = _since("http_requests_total", labels, window)
    durations = "http_request_duration_seconds_bucket"
    buckets = _since(durations, labels, window)
    everything = _since(durations, f'{labels},le="+Inf"', window)
    fast = _since(durations, f'{labels},le="{float(limit)!r}"', window)
    name = f"fieldday-{subject.service}" + "-candidate" * (subject.track == "candidate")
    # A pod is called <Deployment>-<hash>-<random>; neither of the two has a dash.
    pods = f'namespace="{subject.namespace}",pod=~"{name}-[a-z0-9]+-[a-z0-9]+",{fresh}'
    restarts = _since("kube_pod_container_status_restarts_total", pods, window)
    return {
        "requests": f"sum by (status) ({requests})",
        "p95": f"histogram_quantile(0.95, sum by (le) ({buckets}))",
        "slow": f"sum({everything}) - sum({fast})",
        "restarts": f"sum({restarts})",
    }


async def measure(
    prometheus: Prometheus,
    client: httpx.AsyncClient,
    subject: Subject,
    *,
    seconds: float,
    limit: float,
) -> Figures:
    """The figures of a subject over the last `seconds`. Raises as `Prometheus.query` does."""
    asked = queries(subject, seconds, limit)
    answers = await asyncio.gather(*(prometheus.query(client, q) for q in asked.values()))
    return figures(dict(zip(asked, answers, strict=True)))


def figures(answers: dict[str, list[Series]]) -> Figures:
    """Combine what the queries of `queries` returned."""
    by_status = [(s.labels.get("status", ""), s.value) for s in answers["requests"]]
    return Figures(
        requests=sum(count for _, count in by_status),
        errors=sum(count for status, count in by_status if status.startswith("5")),
        p95_seconds=_first(answers["p95"]),
        slow=_first(answers["slow"]) or 0,
        restarts=_first(answers["restarts"]) or 0,
    )


def _first(series: list[Series]) -> float | None:
    return series[0].value if series else None


def _since(metric: str, labels: str, window: int) -> str:
    now = f"{metric}{{{labels}}}"
    return f"clamp_min({now} - ({now} offset {window}s or {now} * 0), 0)"
