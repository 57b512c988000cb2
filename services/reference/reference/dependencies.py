"""Calls to the services that this one depends on.

A call that may be repeated without harm is tried again, after a short random pause, where the
other did not answer or said that it can't now. Where it keeps failing it is left alone for a
while by a circuit breaker, one a dependency.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reference import tracing
from reference.dependency_errors import DependencyError, NotAskedError, RefusedError

if TYPE_CHECKING:
    import httpx
    from circuitbreaker import CircuitBreaker  # type: ignore[import-untyped]

    from reference.metrics import Metrics, Outcome

TRIES = 3
# Consecutive failures after which a dependency is left alone, and for how long.
FAILURES = 5
PAUSE_SECONDS = 5
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


class Dependencies:
    """The services depended on, by name. Proxies come from HTTP_PROXY and NO_PROXY.

    timeout_seconds: of a whole call. try_seconds: of each try of it. transport: what stands for
    the network in tests.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        timeout_seconds: float,
        metrics: Metrics,
        try_seconds: float = 1.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._urls = dict(urls)
        self._timeout_seconds = timeout_seconds
        self._try_seconds = min(try_seconds, timeout_seconds)
        self._metrics = metrics
        self._breakers: dict[str, CircuitBreaker] = {}
        self._client: httpx.AsyncClient | None = None
        if urls:
            # Imported here: a service that depends on none need not load it.
            import httpx
            from circuitbreaker import CircuitBreaker

            self._client = httpx.AsyncClient(
                timeout=timeout_seconds,
                limits=httpx.Limits(max_connections=20, keepalive_expiry=5),
                follow_redirects=False,
                verify=_trust(urls.values()),
                transport=transport,
            )
            self._breakers = {
                name: CircuitBreaker(FAILURES, PAUSE_SECONDS, _is_failure, name) for name in urls
            }

    def knows(self, name: str) -> bool:
        """Whether there is an address for the dependency of this name."""
        return name in self._urls

    async def get(self, name: str, path: str) -> Any:
        """What the dependency of this name has at this path, from its JSON.

        Raises DependencyError.
        """
        return (await self.call(name, "GET", path)).json()

    async def call(
        self,
        name: str,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A good answer (2xx), after more than one try where the request may be repeated.

        It may when its method or an Idempotency-Key says so. Raises DependencyError.
        """
        headers = headers or {}
        repeatable = method in _REPEATABLE or "Idempotency-Key" in headers
        end = time.monotonic() + self._timeout_seconds
        if not repeatable:
            # The only try has all the time that there is.
            seconds = self._timeout_seconds
            return await self._guarded(name, method, path, seconds, content, headers)
        from tenacity import (
            AsyncRetrying,
            retry_if_exception,
            stop_after_attempt,
            stop_after_delay,
            wait_random_exponential,
        )

        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(TRIES) | stop_after_delay(self._timeout_seconds),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            retry=retry_if_exception(_may_pass),
            before_sleep=lambda _: self._metrics.dependency_retried(name),
            reraise=True,
        ):
            with attempt:
                seconds = max(0.01, min(self._try_seconds, end - time.monotonic()))
                return await self._guarded(name, method, path, seconds, content, headers)
        msg = "a retry ends with an answer or an error"
        raise AssertionError(msg)

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

    async def _guarded(
        self,
        name: str,
        method: str,
        path: str,
        seconds: float,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """One try, unless the circuit breaker is open."""
        breaker = self._breakers.get(name)
        if breaker is None:
            raise _unknown(name)
        if breaker.opened:
            self._metrics.dependency_called(name, "not_asked", 0)
            raise NotAskedError(name, "is left alone for a moment, as it failed just before")
        try:
            with breaker, self._measured(name):
                answer = await self._send(name, method, path, seconds, content, headers)
                if answer.is_client_error:
                    raise RefusedError(name, answer)
                if not answer.is_success:
                    status = answer.status_code
                    raise DependencyError(name, f"answered {status}", status)
                return answer
        finally:
            self._metrics.breaker(name, breaker.state)

    @contextmanager
    def _measured(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        outcome: Outcome = "unanswered"
        try:
            yield
            outcome = "ok"
        except DependencyError as e:
            if e.status is not None:
                outcome = "refused" if isinstance(e, RefusedError) else "failed"
            raise
        finally:
            self._metrics.dependency_called(name, outcome, time.perf_counter() - started)

    async def _send(
        self,
        name: str,
        method: str,
        path: str,
        seconds: float,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        if self._client is None or name not in self._urls:
            raise _unknown(name)
        trace = tracing.current.get()
        sent = {**(headers or {}), **(trace.headers() if trace else {})}
        try:
            # The client's own time-outs are each for one step; this one is for the whole try.
            async with asyncio.timeout(seconds):
                return await self._client.request(
                    method, self._urls[name] + path, content=content, headers=sent
                )
        except TimeoutError as e:
            msg = f"no answer within {seconds:.2g} s"
            raise DependencyError(name, msg) from e
        except Exception as e:  # a dependency's failure is an answer, not a crash
            raise DependencyError(name, type(e).__name__) from e

    async def _ask(self, name: str) -> dict[str, Any]:
        started = time.perf_counter()
        outcome: dict[str, Any] = {"name": name, "ok": True}
        try:
            answer = await self._send(name, "GET", "/", self._timeout_seconds)
            if not answer.is_success:
                raise DependencyError(name, f"answered {answer.status_code}", answer.status_code)
            outcome["version"] = answer.headers.get("x-version", "")
        except DependencyError as e:
            outcome |= {"ok": False, "error": str(e).removeprefix(f"{name}: ")}
        outcome["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
        return outcome


def _trust(urls: Iterable[str]) -> ssl.SSLContext | bool:
    """The usual authorities, where one of the URLs needs them: to read them takes 3 MB."""
    if any(url.startswith("https:") for url in urls):
        return True
    # Trusts nobody.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_failure(_: type[BaseException], error: BaseException) -> bool:
    """Whether an error says that the dependency is not well. One that refuses is well."""
    if isinstance(error, DependencyError):
        return error.status is None or error.status >= 500
    return False


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, DependencyError) and error.may_pass


def _unknown(name: str) -> DependencyError:
    variable = f"{name.upper().replace('-', '_')}_URL"
    return DependencyError(name, f"is not known here. Set {variable}.")
