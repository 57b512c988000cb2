"""Records in PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from reference import logs

CONNECT_SECONDS = 3
COMMAND_SECONDS = 5
READY_SECONDS = 1.0

_COLUMNS = "id, name, data, created_at"
_TABLE = """
CREATE TABLE IF NOT EXISTS records (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS records_newest ON records (created_at DESC, id);
"""
# Any number that all replicas share and no other program uses: "fieldday" in hexadecimal digits.
_TABLE_LOCK = 0x6669656C64646179


class StoreUnavailableError(Exception):
    """The database cannot be reached, or not in time. Trying again may help."""


class InvalidRecordError(ValueError):
    """PostgreSQL cannot hold this value, such as a text with a NUL in it."""


class Records:
    """The service's records. Connects in the background, and again after the database was away."""

    def __init__(self, url: str) -> None:
        self._url = url
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
                logs.event("database unavailable", logging.WARNING, error=_described(e))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)

    async def _open_once(self) -> None:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=5,
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

    async def add(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Keep a record and return it.

        Raises StoreUnavailableError, InvalidRecordError.
        """
        query = f"INSERT INTO records (id, name, data) VALUES ($1, $2, $3) RETURNING {_COLUMNS}"  # noqa: S608  # nosec B608 - a constant
        async with self._connection() as connection:
            row = await connection.fetchrow(query, uuid.uuid4(), name, json.dumps(data))
        return _record(row)

    async def get(self, record_id: uuid.UUID) -> dict[str, Any] | None:
        """A record, or None. Raises StoreUnavailableError."""
        query = f"SELECT {_COLUMNS} FROM records WHERE id = $1"  # noqa: S608  # nosec B608 - a constant
        async with self._connection() as connection:
            row = await connection.fetchrow(query, record_id)
        return None if row is None else _record(row)

    async def newest(self, limit: int, name: str | None = None) -> list[dict[str, Any]]:
        """The newest records first, all or those of exactly this name.

        Raises StoreUnavailableError, InvalidRecordError.
        """
        where, values = ("WHERE name = $2", (name,)) if name is not None else ("", ())
        query = f"SELECT {_COLUMNS} FROM records {where} ORDER BY created_at DESC, id LIMIT $1"  # noqa: S608  # nosec B608 - constants
        async with self._connection() as connection:
            return [_record(row) for row in await connection.fetch(query, limit, *values)]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        if self._pool is None:
            raise StoreUnavailableError
        try:
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
                yield connection
        except (asyncpg.DataError, UnicodeEncodeError) as e:
            raise InvalidRecordError(str(e)) from e
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as e:
            self._checked = (0.0, False)
            logs.event("database failed", logging.WARNING, error=_described(e))
            raise StoreUnavailableError from e


async def _make_table(connection: asyncpg.Connection) -> None:
    # A role that may not create tables is enough where somebody else made it.
    if await connection.fetchval("SELECT to_regclass('records')") is not None:
        return
    # IF NOT EXISTS alone still fails when two replicas create the table at the same moment.
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _TABLE_LOCK)
        await connection.execute(_TABLE)


def _record(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "data": json.loads(row["data"]),
        "created_at": row["created_at"].isoformat(),
    }


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
