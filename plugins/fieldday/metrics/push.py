"""Gauges that are pushed, since nothing runs that could be scraped.

To a Pushgateway, or to VictoriaMetrics, which takes the same requests below
`/api/v1/import/prometheus`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from fieldday.errors import Retryable

_SECONDS = 10.0


@dataclass(frozen=True)
class Gauge:
    """One figure."""

    name: str
    help: str
    value: float


@dataclass(frozen=True)
class PushGateway:
    """Where gauges are pushed."""

    url: str
    """Without `/metrics/job/...`, and without credentials: errors quote it."""
    auth: httpx.Auth | None = field(default=None, repr=False)

    def push(self, job: str, grouping: Mapping[str, str], gauges: Iterable[Gauge]) -> None:
        """Replace the figures of this job and these grouping labels.

        Raises `Retryable`: they can't be sent.
        """
        labels = {"job": job, **grouping}
        path = "/".join(f"{quote(n, safe='')}/{quote(v, safe='')}" for n, v in labels.items())
        address = f"{self.url.rstrip('/')}/metrics/{path}"
        try:
            content = exposition(gauges)
            answer = httpx.post(address, content=content, timeout=_SECONDS, auth=self.auth)
            answer.raise_for_status()
        except httpx.HTTPError as e:
            said = " ".join(str(e).split())[:200]
            msg = f"{self.url}: takes no metrics ({type(e).__name__}: {said}). "
            raise Retryable(f"{msg}Fix pushgateway_default.", delay=10) from e


def exposition(gauges: Iterable[Gauge]) -> str:
    """The figures in Prometheus's text format; job and grouping are in the request's path."""
    lines = []
    for gauge in gauges:
        lines += [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
        lines += [f"{gauge.name} {gauge.value:.15g}"]
    return "\n".join(lines) + "\n"
