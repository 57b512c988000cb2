"""Records of one kind in the database: typed when read and written, JSON in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import asyncpg
import msgspec

from reference.database import Database
from reference.values import Record

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

T = TypeVar("T", bound=msgspec.Struct)

_COLUMNS = "id, owner, created_at, data"


class TakenError(Exception):
    """Another record of this kind has this key."""


class Documents(Generic[T]):
    """Records of one kind. Every method raises StoreUnavailableError.

    All values are parameters of the statements, never part of their text.
    """

    def __init__(self, database: Database, kind: str, shape: type[T]) -> None:
        self._database = database
        self._kind = kind
        self._shape = shape

    async def add(
        self,
        data: T,
        *,
        owner: str | None = None,
        key: str | None = None,
        record_id: UUID | None = None,
    ) -> Record[T]:
        """Keep a record. `key`: no other of this kind has it. `record_id`: its id, if it matters.

        Raises TakenError, InvalidRecordError.
        """
        query = (
            "INSERT INTO documents (id, kind, owner, key, data) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608  # nosec B608 - a constant
            f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}"
        )
        values = (record_id or uuid.uuid4(), self._kind, owner, key, as_json(data))
        row = await self._row("add", query, *values)
        if row is None:
            raise TakenError(self._kind)
        return self.record(row)

    async def put(self, key: str, data: T, *, owner: str | None = None) -> Record[T]:
        """Keep a record under this key, in place of the one that had it.

        Raises InvalidRecordError.
        """
        query = (
            "INSERT INTO documents (id, kind, owner, key, data) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608  # nosec B608 - a constant
            " ON CONFLICT (kind, key) DO UPDATE SET owner = EXCLUDED.owner, data = EXCLUDED.data"
            f" RETURNING {_COLUMNS}"
        )
        values = (uuid.uuid4(), self._kind, owner, key, as_json(data))
        row = await self._row("put", query, *values)
        if row is None:
            msg = "an insertion that replaces gives a row"
            raise RuntimeError(msg)
        return self.record(row)

    async def get(self, record_id: UUID) -> Record[T] | None:
        """The record of this id."""
        query = f"SELECT {_COLUMNS} FROM documents WHERE kind = $1 AND id = $2"  # noqa: S608  # nosec B608 - a constant
        return self._record_or_none(await self._row("get", query, self._kind, record_id))

    async def of_key(self, key: str) -> Record[T] | None:
        """The record of this key."""
        query = f"SELECT {_COLUMNS} FROM documents WHERE kind = $1 AND key = $2"  # noqa: S608  # nosec B608 - a constant
        return self._record_or_none(await self._row("get", query, self._kind, key))

    async def newest(
        self,
        limit: int,
        *,
        owner: str | None = None,
        where: Mapping[str, Any] | None = None,
        before: datetime | None = None,
    ) -> list[Record[T]]:
        """The newest first: all, those of an owner, those whose data has these values.

        before: only what was kept before this moment. Raises InvalidRecordError.
        """
        query = (
            f"SELECT {_COLUMNS} FROM documents WHERE kind = $1"  # noqa: S608  # nosec B608 - a constant
            " AND ($2::text IS NULL OR owner = $2) AND data @> $3"
            " AND ($5::timestamptz IS NULL OR created_at < $5)"
            " ORDER BY created_at DESC, id LIMIT $4"
        )
        values = (self._kind, owner, as_json(where or {}), limit, before)
        async with self._database.connection("newest") as connection:
            return [self.record(row) for row in await connection.fetch(query, *values)]

    async def change(
        self, record: Record[T], data: T, *, free_key: bool = False
    ) -> Record[T] | None:
        """Give the record new data; None when somebody changed it first, or it is gone.

        free_key: another record may have its key from now on.
        """
        return await self.update(
            record.id, lambda current: data if current == record.data else None, free_key=free_key
        )

    async def update(
        self, record_id: UUID, step: Callable[[T], T | None], *, free_key: bool = False
    ) -> Record[T] | None:
        """Give a record what `step` makes of its data as it is now, while nobody else changes it.

        None: it is gone, or `step` gave None, which changes nothing. free_key: as for `change`.
        Fields that only another version of the service knows stay as they are.
        """
        read = f"SELECT {_COLUMNS} FROM documents WHERE kind = $1 AND id = $2 FOR UPDATE"  # noqa: S608  # nosec B608 - a constant
        write = (
            "UPDATE documents SET data = data || $2, key = CASE WHEN $3 THEN NULL ELSE key END"  # noqa: S608  # nosec B608 - a constant
            f" WHERE id = $1 RETURNING {_COLUMNS}"
        )
        async with self._database.connection("change") as connection, connection.transaction():
            row = await connection.fetchrow(read, self._kind, record_id)
            data = None if row is None else step(self.record(row).data)
            if data is None:
                return None
            row = await connection.fetchrow(write, record_id, as_json(data), free_key)
            return self._record_or_none(row)

    async def remove(self, record_id: UUID, *, where: Mapping[str, Any] | None = None) -> bool:
        """Remove a record, if its data has these values; whether it was there."""
        query = "DELETE FROM documents WHERE kind = $1 AND id = $2 AND data @> $3 RETURNING id"
        values = (self._kind, record_id, as_json(where or {}))
        return await self._row("remove", query, *values) is not None

    async def remove_all(self, where: Mapping[str, Any]) -> int:
        """Remove all whose data has these values; how many."""
        query = "DELETE FROM documents WHERE kind = $1 AND data @> $2 RETURNING id"
        async with self._database.connection("remove all") as connection:
            return len(await connection.fetch(query, self._kind, as_json(where)))

    async def count(self, where: Mapping[str, Any] | None = None) -> int:
        """How many there are: all, or those whose data has these values."""
        query = "SELECT count(*) FROM documents WHERE kind = $1 AND data @> $2"
        row = await self._row("count", query, self._kind, as_json(where or {}))
        return int(row[0]) if row else 0

    async def erase(self, owner: str) -> int:
        """Remove all of an owner; how many."""
        query = "DELETE FROM documents WHERE kind = $1 AND owner = $2 RETURNING id"
        async with self._database.connection("erase") as connection:
            return len(await connection.fetch(query, self._kind, owner))

    async def disown(self, owner: str) -> int:
        """Keep all of an owner without saying whose they were; how many.

        Their keys go too, as a key may hold the owner's id.
        """
        query = (
            "UPDATE documents SET owner = NULL, key = NULL"
            " WHERE kind = $1 AND owner = $2 RETURNING id"
        )
        async with self._database.connection("disown") as connection:
            return len(await connection.fetch(query, self._kind, owner))

    async def _row(self, what: str, query: str, *values: object) -> asyncpg.Record | None:
        async with self._database.connection(what) as connection:
            return await connection.fetchrow(query, *values)

    def _record_or_none(self, row: asyncpg.Record | None) -> Record[T] | None:
        return None if row is None else self.record(row)

    def record(self, row: asyncpg.Record) -> Record[T]:
        """The record of a row that has id, owner, created_at and data."""
        data = msgspec.json.decode(row["data"], type=self._shape)
        return Record(row["id"], row["owner"], row["created_at"], data)


def as_json(value: object) -> str:
    """A value as the text that the database takes for JSON."""
    return msgspec.json.encode(value).decode()
