"""Calls to the services that this one depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reference import tracing

if TYPE_CHECKING:
    import httpx


class DependencyError(Exception):
    """A dependency did not answer, or not well.

    status: what it answered; None where it did not.
    """

    def __init__(self, name: str, problem: str, status: int | None = None) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.status = status


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

    async def get(self, name: str, path: str) -> Any:
        """What the dependency of this name has at this path, from its JSON.

        Raises DependencyError.
        """
        answer = await self._send(name, "GET", path)
        if not answer.is_success:
            raise DependencyError(name, f"answered {answer.status_code}", answer.status_code)
        return answer.json()

    async def ask(self, among: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Ask each who it is, all at once: name, ok, version or error, milliseconds.

        `among`: only those that are named there.
        """
        wanted = set(self._urls if among is None else among)
        return list(
            await asyncio.gather(*(self._ask(name) for name in self._urls if name in wanted))
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _send(self, name: str, method: str, path: str) -> httpx.Response:
        if self._client is None or name not in self._urls:
            variable = f"{name.upper().replace('-', '_')}_URL"
            raise DependencyError(name, f"is not known here. Set {variable}.")
        trace = tracing.current.get()
        headers = trace.headers() if trace else {}
        try:
            # The client's own time-outs are each for one step; this one is for the whole call.
            async with asyncio.timeout(self._timeout_seconds):
                url = self._urls[name] + path
                return await self._client.request(method, url, headers=headers)
        except TimeoutError as e:
            msg = f"no answer within {self._timeout_seconds:g} s"
            raise DependencyError(name, msg) from e
        except Exception as e:  # a dependency's failure is an answer, not a crash
            raise DependencyError(name, type(e).__name__) from e

    async def _ask(self, name: str) -> dict[str, Any]:
        started = time.perf_counter()
        outcome: dict[str, Any] = {"name": name, "ok": True}
        try:
            answer = await self._send(name, "GET", "/")
            if not answer.is_success:
                raise DependencyError(name, f"answered {answer.status_code}", answer.status_code)
            outcome["version"] = answer.headers.get("x-version", "")
        except DependencyError as e:
            outcome |= {"ok": False, "error": str(e).removeprefix(f"{name}: ")}
        outcome["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
        return outcome
