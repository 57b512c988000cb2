"""Instant queries to a Prometheus-compatible endpoint."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from fieldday.errors import Permanent, Retryable, quoted

_SECONDS = 5.0


@dataclass(frozen=True)
class Series:
    """One line of an answer."""

    labels: Mapping[str, str]
    value: float
    """Finite: a NaN or an infinity, which says that there was nothing to divide, is left out."""


@dataclass(frozen=True)
class Prometheus:
    """An endpoint that has `/api/v1/query`."""

    url: str
    """Such as http://127.0.0.1:8428, without `/api/v1/query`, and without credentials: errors quote
    it."""
    auth: httpx.Auth | None = field(default=None, repr=False)
    """Its credentials; none: it asks for none."""

    async def query(self, client: httpx.AsyncClient, expression: str) -> list[Series]:
        """Evaluate PromQL now.

        Raises `Permanent` when the endpoint refuses the expression or the credentials, `Retryable`
        when it is unreachable.
        """
        try:
            answer = await client.post(
                f"{self.url}/api/v1/query",
                # VictoriaMetrics holds the newest 30 s back unless it is asked not to; to
                # Prometheus the parameter means nothing.
                data={"query": expression, "timeout": "4s", "latency_offset": "1ms"},
                timeout=_SECONDS,
                auth=self.auth or httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.HTTPError as e:
            msg = f"{self.url}: is unreachable ({type(e).__name__}: {e}). Is it up?"
            raise Retryable(msg, delay=2) from e
        return read(answer.status_code, answer.text, self.url)


def read(status: int, text: str, url: str) -> list[Series]:
    """The series in an answer. Raises as `Prometheus.query` does."""
    if status in (400, 422):
        raise Permanent(f"{url}: refuses the query ({quoted(text, 300)}). Fix the query.")
    if status in (401, 403):
        msg = f"{url}: refuses the credentials ({status}). Fix those of prometheus_default."
        raise Permanent(msg)
    try:
        if status != 200:
            raise ValueError
        body: Any = json.loads(text)
        found = [_series(line) for line in body["data"]["result"]]
    except (ValueError, KeyError, TypeError) as e:
        msg = f"{url}: answers {status} {quoted(text, 200)}. Is it a Prometheus?"
        raise Retryable(msg, delay=2) from e
    return [series for series in found if math.isfinite(series.value)]


def _series(line: Any) -> Series:
    return Series(labels=dict(line["metric"]), value=float(line["value"][1]))
