"""The sessions that a user likes."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from reference.documents import Documents
from reference.operations import Access, Call
from reference.service import Service
from reference.services.api.offered import operations
from reference.values import Input, Page, Record

_MOST = 1000


class Favourite(Struct, frozen=True):
    """A session that a user likes."""

    session: UUID


class Liked(Input, frozen=True):
    """A session to like."""

    session: UUID


def favourites(service: Service) -> Documents[Favourite]:
    """The favourites of all users."""
    return Documents(service.database, "favourite", Favourite)


@operations.get("/v1/favourites", access=Access.USER)
async def own_favourites(call: Call, query: Page) -> list[Record[Favourite]]:
    """Give the sessions that the user likes, the newest first."""
    return await favourites(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.post("/v1/favourites", access=Access.USER)
async def like(call: Call, body: Liked) -> Record[Favourite]:
    """Like a session. Liking it again changes nothing; of the sessions liked, 1,000 are kept."""
    return await _like(call, body.session)


@operations.put("/v1/favourites/{session}", access=Access.USER)
async def like_this(call: Call, session: UUID) -> Record[Favourite]:
    """Like the session of this id."""
    return await _like(call, session)


@operations.delete("/v1/favourites/{session}", access=Access.USER, status=204)
async def unlike(call: Call, session: UUID) -> None:
    """Like a session no longer."""
    record = await favourites(call.service).of_key(f"{call.user}:{session}")
    if record is not None:
        await favourites(call.service).remove(record.id)


async def _like(call: Call, session: UUID) -> Record[Favourite]:
    # Whether there is such a session is for the view to find out, also when it is gone later.
    kept = favourites(call.service)
    record = await kept.put(f"{call.user}:{session}", Favourite(session), owner=call.user)
    prune = """
        DELETE FROM documents WHERE id IN (
            SELECT id FROM documents WHERE kind = 'favourite' AND owner = $1
            ORDER BY created_at DESC, id OFFSET $2
        )
    """
    async with call.service.database.connection("prune favourites") as connection:
        await connection.execute(prune, call.user, _MOST)
    return record
