"""Calls to the services that this one depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reference import tracing

if TYPE_CHECKING:
    import httpx


class Dependencies:
    """The services depended on, by name. Proxies come from HTTP_PROXY and NO_PROXY."""

    def __init__(self, urls: Mapping[str, str], timeout_seconds: float) -> None:
        self._urls = dict(urls)
        self._timeout_seconds = timeout_seconds
        self._client: httpx.AsyncClient | None = None
        if urls:
            # Imported here: a service that depends on none need not load it.
            import httpx

            self._client = httpx.AsyncClient(
                timeout=timeout_seconds,
                limits=httpx.Limits(max_connections=20, keepalive_expiry=5),
                follow_redirects=False,
            )

    async def ask(self, among: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Ask each who it is, all at once: name, ok, version or error, milliseconds.

        `among`: only those that are named there.
        """
        wanted = set(self._urls if among is None else among)
        asked = (self._ask(name, url) for name, url in self._urls.items() if name in wanted)
        return list(await asyncio.gather(*asked))

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, name: str, url: str) -> dict[str, Any]:
        trace = tracing.current.get()
        started = time.perf_counter()
        try:
            # The client's own time-outs are each for one step; this one is for the whole call.
            async with asyncio.timeout(self._timeout_seconds):
                assert self._client is not None  # noqa: S101 - there are URLs, so there is one
                answer = await self._client.get(f"{url}/", headers=trace.headers() if trace else {})
            error = None if answer.is_success else f"answered {answer.status_code}"
        except TimeoutError:
            error = f"no answer within {self._timeout_seconds:g} s"
        except Exception as e:  # noqa: BLE001 - a dependency's failure is an answer, not a crash
            error = type(e).__name__
        outcome: dict[str, Any] = {"name": name, "ok": error is None}
        if error is None:
            outcome["version"] = answer.headers.get("x-version", "")
        else:
            outcome["error"] = error
        outcome["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
        return outcome
