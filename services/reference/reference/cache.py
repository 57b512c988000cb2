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


class Cache:
    """Values by key for a fixed time. No method raises: without a cache all is a miss."""

    def __init__(self, url: str | None, prefix: str, ttl_seconds: int, metrics: Metrics) -> None:
        self._prefix = prefix
        self._ttl_seconds = ttl_seconds
        self._metrics = metrics
        self._paused_until = 0.0
        self._redis: Redis | None = None if url is None else _client(url)

    async def get(self, key: str) -> bytes | str | None:
        """The value, or None when it is not there or cannot be had."""
        if self._redis is None or self._is_paused():
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
        """Keep a value for the cache's time to live, if possible."""
        if self._redis is None or self._is_paused():
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.set(self._prefix + key, value, ex=self._ttl_seconds)
        except Exception:  # noqa: BLE001 - as above
            self._pause()

    async def remove(self, key: str) -> None:
        """Forget a value that is no longer right, if possible; else it stays its time to live."""
        if self._redis is None or self._is_paused():
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.delete(self._prefix + key)
        except Exception:  # noqa: BLE001 - as above
            self._pause()

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await close(self._redis.connection_pool)

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _pause(self) -> None:
        self._paused_until = time.monotonic() + PAUSE_SECONDS
        logs.event("cache unavailable", logging.WARNING, exc_info=True)


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
