"""PostgreSQL: a pool that comes up when it can, and one table of records."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import asyncpg

from reference import logs

if TYPE_CHECKING:
    from reference.metrics import Metrics

CONNECT_SECONDS = 3
COMMAND_SECONDS = 5
READY_SECONDS = 1.0
# After so long a connection that nobody uses is closed: all replicas share the server's.
IDLE_SECONDS = 60

_TABLE = """
CREATE TABLE IF NOT EXISTS documents (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    owner text,
    key text,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS documents_key ON documents (kind, key);
CREATE INDEX IF NOT EXISTS documents_newest ON documents (kind, created_at DESC, id);
CREATE INDEX IF NOT EXISTS documents_owner ON documents (owner, kind) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS documents_data ON documents USING gin (data jsonb_path_ops);
"""
# Any number that all replicas share and no other program uses: "fieldday" in hexadecimal digits.
_TABLE_LOCK = 0x6669656C64646179


class StoreUnavailableError(Exception):
    """The database cannot be reached, or not in time. Trying again may help."""


class InvalidRecordError(ValueError):
    """PostgreSQL cannot hold this value, such as a text with a NUL in it."""


class Database:
    """The service's database. Connects in the background, and again after the database was away.

    connections: at most so many at once. metrics: where uses are measured; None: nowhere.
    """

    def __init__(self, url: str, metrics: Metrics | None = None, connections: int = 5) -> None:
        self._url = url
        self._metrics = metrics
        self._connections = connections
        self._pool: asyncpg.Pool | None = None
        self._checked = (0.0, False)
        self._check_lock = asyncio.Lock()

    async def open(self) -> None:
        """Connect and make the table, however long the database takes to come up."""
        wait = 0.1
        while self._pool is None:
            try:
                await self._open_once()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as e:
                logs.event("database unavailable", logging.WARNING, error=logs.described(e))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)

    async def _open_once(self) -> None:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._connections,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
        )
        try:
            async with pool.acquire() as connection:
                await _make_table(connection)
        except BaseException:
            pool.terminate()
            raise
        self._pool = pool
        if self._metrics is not None:
            self._metrics.watch_pool(
                self._connections,
                idle=pool.get_idle_size,
                in_use=lambda: pool.get_size() - pool.get_idle_size(),
            )

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            try:
                async with asyncio.timeout(2):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()

    async def is_ready(self) -> bool:
        """Whether a query is answered now; asked at most once a second, however many probes ask."""
        async with self._check_lock:
            moment, ready = self._checked
            if not ready or time.monotonic() - moment > READY_SECONDS:
                ready = await self._answers()
                self._checked = (time.monotonic(), ready)
            return ready

    async def _answers(self) -> bool:
        if self._pool is None:
            return False
        try:
            async with asyncio.timeout(READY_SECONDS):
                return bool(await self._pool.fetchval("SELECT 1") == 1)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return False

    @asynccontextmanager
    async def connection(self, what: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection, for a use that `what` names in logs and metrics.

        Raises StoreUnavailableError, InvalidRecordError.
        """
        if self._pool is None:
            raise StoreUnavailableError
        try:
            connection = await self._acquire()
            try:
                with self._measured(what):
                    yield connection
            finally:
                await self._pool.release(connection)
        except (asyncpg.DataError, UnicodeEncodeError) as e:
            raise InvalidRecordError(str(e)) from e
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as e:
            self._checked = (0.0, False)
            logs.event("database failed", logging.WARNING, use=what, error=logs.described(e))
            raise StoreUnavailableError from e

    async def _acquire(self) -> asyncpg.Connection:
        assert self._pool is not None  # noqa: S101 - for the type checker
        waits = nullcontext() if self._metrics is None else self._metrics.waits_for_connection()
        with waits:
            try:
                return await self._pool.acquire(timeout=CONNECT_SECONDS)
            except TimeoutError:
                # An alert counts this event: terraform/modules/monitoring.
                logs.event("pool exhausted", logging.WARNING, seconds=CONNECT_SECONDS)
                raise

    @contextmanager
    def _measured(self, what: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            if self._metrics is not None:
                self._metrics.queried(what, time.perf_counter() - started)


async def _make_table(connection: asyncpg.Connection) -> None:
    # A role that may not create tables is enough where somebody else made it.
    if await connection.fetchval("SELECT to_regclass('documents')") is not None:
        return
    # IF NOT EXISTS alone still fails when two replicas create the table at the same moment.
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _TABLE_LOCK)
        await connection.execute(_TABLE)
