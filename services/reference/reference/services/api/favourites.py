"""The sessions that a user likes."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from reference.documents import Documents
from reference.operations import Access, Call
from reference.problems import Problem
from reference.service import Service
from reference.services.api.offered import operations
from reference.values import Page, Record

_MOST = 500


class Favourite(Struct, frozen=True):
    """A session that a user likes."""

    session: UUID


def favourites(service: Service) -> Documents[Favourite]:
    """The favourites of all users."""
    return Documents(service.database, "favourite", Favourite)


@operations.get("/v1/favourites", access=Access.USER)
async def own_favourites(call: Call, query: Page) -> list[Record[Favourite]]:
    """Give the sessions that the user likes, the newest first."""
    return await favourites(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.put("/v1/favourites/{session}", access=Access.USER)
async def like(call: Call, session: UUID) -> Record[Favourite]:
    """Like a session. Liking it again changes nothing."""
    kept = favourites(call.service)
    if len(await kept.newest(100, owner=call.user)) == 100 and await _count(call) >= _MOST:
        raise Problem(409, f"There are {_MOST} favourites. Remove one first.")
    return await kept.put(f"{call.user}:{session}", Favourite(session), owner=call.user)


@operations.delete("/v1/favourites/{session}", access=Access.USER, status=204)
async def unlike(call: Call, session: UUID) -> None:
    """Like a session no longer."""
    record = await favourites(call.service).of_key(f"{call.user}:{session}")
    if record is not None:
        await favourites(call.service).remove(record.id)


async def _count(call: Call) -> int:
    query = "SELECT count(*) FROM documents WHERE kind = 'favourite' AND owner = $1"
    async with call.service.database.connection("count favourites") as connection:
        return int(await connection.fetchval(query, call.user))
