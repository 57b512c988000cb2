"""The cache: Valkey or Redis, of help when it is there and no trouble when it is not."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from reference import logs
from reference.metrics import Metrics

if TYPE_CHECKING:
    from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis

# A cache that answers slower than the database is no cache.
TIMEOUT_SECONDS = 0.25
# After a failure it is left alone so long, so that not each request waits for the time-out.
PAUSE_SECONDS = 2.0
# So long after a removal nothing is kept under the key: longer than a request takes that read the
# value from the database before, and keeps it late.
REMOVED_SECONDS = 10
# Removals that wait for the cache at most, in each process.
MOST_LATE = 10_000

# KEYS: the value's, and its mark of a removal. ARGV: the value, its time to live.
_PUT = """
if redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
"""


class Cache:
    """Values by key for a fixed time. No method raises: without a cache all is a miss.

    A removal that fails is tried again until it is done, or the value's time to live is over.
    """

    def __init__(self, url: str | None, prefix: str, ttl_seconds: int, metrics: Metrics) -> None:
        self._prefix = prefix
        self._ttl_seconds = ttl_seconds
        self._metrics = metrics
        self._paused_until = 0.0
        # The keys of removals that wait for the cache, and when their values will be gone anyway.
        self._late: dict[str, float] = {}
        self._catching_up: asyncio.Task[None] | None = None
        self._redis: Redis | None = None if url is None else _client(url)

    async def get(self, key: str) -> bytes | str | None:
        """The value, or None when it is not there or cannot be had."""
        if self._redis is None or self._is_paused() or key in self._late:
            self._metrics.cache_read("unavailable")
            return None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                value = await self._redis.get(self._prefix + key)
        except Exception:  # noqa: BLE001 - whatever the cache does, the request goes on
            self._pause()
            self._metrics.cache_read("unavailable")
            return None
        self._metrics.cache_read("miss" if value is None else "hit")
        return value

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value for the cache's time to live, if possible, unless it was just removed."""
        if self._redis is None or self._is_paused():
            return
        name = self._prefix + key
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.eval(_PUT, 2, name, _mark(name), value, self._ttl_seconds)
        except Exception:  # noqa: BLE001 - as above
            self._pause()

    async def remove(self, key: str) -> None:
        """Forget a value that is no longer right: now, or as soon as the cache is there."""
        if self._redis is None:
            return
        # Where one waits, the next need not wait for the time-out too.
        if self._late or not await self._forget(self._redis, key):
            self._remember(self._redis, key)

    async def note(self, key: str, seconds: int) -> bool:
        """Note something for so long; whether that was done, or there is no cache to do it in."""
        if self._redis is None:
            return True
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.set(self._prefix + key, 1, ex=seconds)
        except Exception:  # noqa: BLE001 - as above
            self._pause()
            return False
        return True

    async def is_noted(self, key: str) -> bool:
        """Whether this was noted, as far as can be known now."""
        if self._redis is None or self._is_paused():
            return False
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return bool(await self._redis.exists(self._prefix + key))
        except Exception:  # noqa: BLE001 - as above
            self._pause()
            return False

    @property
    def is_behind(self) -> bool:
        """Whether the cache may still have something that was removed here."""
        return bool(self._late)

    async def close(self) -> None:
        """Close the connections."""
        if self._catching_up is not None:
            self._catching_up.cancel()
        if self._redis is not None:
            await close(self._redis.connection_pool)

    async def _forget(self, redis: Redis, key: str) -> bool:
        name = self._prefix + key
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), redis.pipeline(transaction=True) as steps:
                steps.set(_mark(name), 1, ex=REMOVED_SECONDS)
                steps.delete(name)
                await steps.execute()
        except Exception:  # noqa: BLE001 - as above
            self._pause()
            return False
        return True

    def _remember(self, redis: Redis, key: str) -> None:
        while len(self._late) >= MOST_LATE:
            del self._late[next(iter(self._late))]
        self._late[key] = time.monotonic() + self._ttl_seconds
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._catch_up(redis))

    async def _catch_up(self, redis: Redis) -> None:
        while self._late:
            await asyncio.sleep(PAUSE_SECONDS)
            for key, gone_at in list(self._late.items()):
                if time.monotonic() < gone_at and not await self._forget(redis, key):
                    break
                self._late.pop(key, None)

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _pause(self) -> None:
        self._paused_until = time.monotonic() + PAUSE_SECONDS
        logs.event("cache unavailable", logging.WARNING, exc_info=True)


def _mark(name: str) -> str:
    return f"{name}:removed"


async def close(connections: ConnectionPool) -> None:
    """Close a client's connections."""
    try:
        async with asyncio.timeout(1):
            await connections.disconnect()
    except Exception:  # noqa: BLE001 - the process ends anyway
        logs.event("cache not closed", logging.DEBUG, exc_info=True)


def pool(url: str) -> BlockingConnectionPool:
    """Connections that wait for nothing longer than a request may."""
    # Imported here: a fifth of a second that a service without a cache need not spend.
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return BlockingConnectionPool.from_url(
        url,
        max_connections=10,
        timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _client(url: str) -> Redis:
    from redis.asyncio import Redis

    return Redis.from_pool(pool(url))
