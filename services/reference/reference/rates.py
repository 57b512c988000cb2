"""Rate limits, counted in Valkey so that all replicas of a service share them.

A sliding window of a minute, by the library `limits`. When Valkey is away everybody is let
through, and a metric says so: it is there to serve people, not to keep them out.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

from reference import addresses, cache, logs
from reference.identity.principal import Kind, Principal
from reference.metrics import Metrics
from reference.problems import Problem
from reference.settings import Limits

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import RateLimiter
    from redis.asyncio import ConnectionPool

MINUTE = 60
_PAUSE_SECONDS = 2.0
# Where the headers of an answer wait until it is sent.
_SCOPE = "fieldday.rate_limit"


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `quota` in `seconds`. name: in the metric and in the headers of answers."""

    name: str
    quota: int
    seconds: int = MINUTE


@dataclass(frozen=True, slots=True)
class State:
    """What is left of a policy's quota, and in how many seconds there is more."""

    policy: Policy
    left: int
    more_in: int

    def headers(self) -> dict[str, str]:
        """As https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ has them."""
        policy = self.policy
        return {
            "RateLimit-Policy": f'"{policy.name}";q={policy.quota};w={policy.seconds}',
            "RateLimit": f'"{policy.name}";r={self.left};t={self.more_in}',
        }

    def problem(self) -> Problem:
        """The answer to one request too many."""
        headers = {**self.headers(), "Retry-After": str(self.more_in)}
        detail = f"Too many requests. Send the next in {self.more_in} s."
        return Problem(429, detail, headers)


class Rates:
    """The limits of one service.

    url: of Valkey; None: each process counts for itself. prefix: of all keys.
    """

    def __init__(self, limits: Limits, url: str | None, prefix: str, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._url = url
        self._prefix = f"{prefix}rates"
        self._pool: ConnectionPool | None = None
        self._limiter: RateLimiter | None = None
        self._paused_until = 0.0
        if limits.per_user or limits.per_address:
            self._limiter = self._open()

    async def check_address(self, scope: Scope) -> None:
        """Count a request of its address. Raises Problem (429)."""
        address = addresses.client(scope, self._limits.trusted)
        if self._limits.per_address and address is not None:
            policy = Policy("address", self._limits.per_address)
            await self.count(policy, addresses.network(address))

    async def check_user(self, scope: Scope, caller: Principal | None) -> None:
        """Count a request of a user; the answer will say what is left. Raises Problem (429)."""
        if self._limits.per_user and caller is not None and caller.kind is Kind.USER:
            state = await self.count(Policy("user", self._limits.per_user), caller.id)
            if state is not None:
                scope[_SCOPE] = state.headers()

    async def count(self, policy: Policy, who: str) -> State | None:
        """Count one of `who`; what is left, or None where it can't be known.

        Raises Problem (429): nothing is left.
        """
        return await self._ask(policy, who, spend=True)

    async def check(self, policy: Policy, who: str) -> None:
        """Raises Problem (429) where nothing is left for `who`, without counting this one."""
        await self._ask(policy, who, spend=False)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await cache.close(self._pool)

    async def _ask(self, policy: Policy, who: str, *, spend: bool) -> State | None:
        if time.monotonic() < self._paused_until:
            self._metrics.rate_limit_checked(policy.name, "unavailable")
            return None
        if self._limiter is None:
            self._limiter = self._open()
        item = _item(policy)
        # Addresses of people are no keys to keep, and keys have no spaces.
        key = (policy.name, hashlib.sha256(who.encode()).hexdigest()[:32])
        try:
            async with asyncio.timeout(cache.TIMEOUT_SECONDS):
                ask = self._limiter.hit if spend else self._limiter.test
                allowed = await ask(item, *key)
                reset, left = await self._limiter.get_window_stats(item, *key)
        except Exception:  # noqa: BLE001 - whatever Valkey does, the request goes on
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            self._metrics.rate_limit_checked(policy.name, "unavailable")
            logs.event("rate limits unavailable", logging.WARNING, exc_info=True)
            return None
        self._metrics.rate_limit_checked(policy.name, "allowed" if allowed else "refused")
        state = State(policy, int(left) if allowed else 0, _seconds_until(reset, policy))
        if not allowed:
            raise state.problem()
        return state

    def _open(self) -> RateLimiter:
        # Imported here: a tenth of a second that a service without limits need not spend.
        from limits.aio.storage import MemoryStorage, RedisStorage
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        if self._url is None:
            return SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pool = cache.pool(self._url)
        # The library's own hint names plain values only.
        options: Any = {"connection_pool": self._pool}
        storage = RedisStorage(
            self._url, implementation="redispy", key_prefix=self._prefix, **options
        )
        return SlidingWindowCounterRateLimiter(storage)


def headers(scope: Scope) -> dict[str, str]:
    """What the answer to this request says of the caller's limit."""
    found: dict[str, str] = scope.get(_SCOPE, {})
    return found


def _seconds_until(moment: float, policy: Policy) -> int:
    return min(max(math.ceil(moment - time.time()), 1), policy.seconds)


def _item(policy: Policy) -> RateLimitItem:
    from limits import RateLimitItemPerSecond

    return RateLimitItemPerSecond(policy.quota, policy.seconds)
