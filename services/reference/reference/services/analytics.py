"""Event tracking: what users did, as the clients report it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from reference import erasure
from reference.documents import Documents
from reference.erasure import Erased
from reference.operations import Access, Call, Operations
from reference.service import Service
from reference.values import Input, Name, Page, Record

operations = Operations()


class Event(Struct, frozen=True):
    """Something that happened."""

    name: str
    properties: dict[str, Any]


class NewEvent(Input, frozen=True):
    """An event to keep."""

    name: Name
    properties: dict[str, Any] = field(default_factory=dict)


class Count(Struct, frozen=True):
    """How often something happened."""

    name: str
    count: int


def _events(service: Service) -> Documents[Event]:
    return Documents(service.database, "event", Event)


@operations.post("/v1/events", access=Access.ANYONE)
async def track(call: Call, body: NewEvent) -> Record[Event]:
    """Keep an event, of the user where one is signed in."""
    owner = call.caller.id if call.caller else None
    return await _events(call.service).add(Event(body.name, body.properties), owner=owner)


@operations.get("/v1/events", access=Access.SERVICE | Access.OPERATOR)
async def newest(call: Call, query: Page) -> list[Record[Event]]:
    """Give the newest events."""
    return await _events(call.service).newest(query.limit, before=query.before)


@operations.get("/v1/counts", access=Access.SERVICE | Access.OPERATOR)
async def counts(call: Call) -> list[Count]:
    """Give how often each event happened in the last 30 days, the 100 most frequent."""
    query = """
        SELECT data ->> 'name' AS name, count(*) AS count FROM documents
        WHERE kind = 'event' AND created_at > now() - interval '30 days'
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100
    """
    async with call.service.database.connection("count events") as connection:
        return [Count(row["name"], row["count"]) for row in await connection.fetch(query)]


async def _erase(service: Service, user: str) -> Erased:
    """Also what others' clients reported of the user: properties are whatever a client sends."""
    query = """
        DELETE FROM documents
        WHERE kind = 'event' AND (owner = $1 OR strpos(data::text, $1) > 0) RETURNING id
    """
    async with service.database.connection("erase events") as connection:
        return Erased(len(await connection.fetch(query, user)))


erasure.offer(operations, _erase)
