"""Work that is kept in the database until it is done, whichever replica does it, however often
it fails before.

A record of work has `state` and `due_at`; one that is taken is due again after a lease, so that
it is not lost with the replica that took it. So work may be done twice: at least once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

import msgspec

from reference.database import Database
from reference.documents import Documents
from reference.values import Record

QUEUED = "queued"
LEASE = timedelta(seconds=30)


class Work(Protocol):
    """What a record of work has."""

    @property
    def state(self) -> str:
        """`QUEUED` until it is done or given up."""

    @property
    def due_at(self) -> datetime:
        """When it is to be tried."""


W = TypeVar("W", bound=msgspec.Struct)


class WorkQueue(Generic[W]):
    """The work of one kind; `shape` is a `Work`. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database, kind: str, shape: type[W]) -> None:
        self._database = database
        self._kind = kind
        self._documents = Documents(database, kind, shape)

    async def take(self, limit: int) -> Sequence[Record[W]]:
        """Some work that is due, the longest due first. No other replica gets it for the lease."""
        # Rows that another replica is just taking are passed over, not waited for.
        query = """
            UPDATE documents SET data = data || jsonb_build_object('due_at', $3::text)
            WHERE id IN (
                SELECT id FROM documents
                WHERE kind = $1 AND data @> '{"state": "queued"}'
                    AND (data ->> 'due_at')::timestamptz <= now()
                ORDER BY (data ->> 'due_at')::timestamptz
                LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            RETURNING id, owner, created_at, data
        """
        # As records have it, so that what is read and written again is the same.
        until = msgspec.to_builtins(datetime.now(UTC) + LEASE)
        async with self._database.connection("take") as connection:
            rows = await connection.fetch(query, self._kind, limit, until)
        return [self._documents.record(row) for row in rows]

    async def depth(self) -> int:
        """How much is not yet done."""
        return await self._documents.count({"state": QUEUED})
