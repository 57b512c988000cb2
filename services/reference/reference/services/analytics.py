"""Event tracking: what users did, as the clients report it.

Properties are whatever a client sends, so they may be about other users too. A record of kind
"mention" says so, owned by the user who is mentioned: an erasure need not read all events.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
from msgspec import Struct, field

from reference import erasure
from reference.documents import Documents, as_json
from reference.erasure import Erased
from reference.operations import Access, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Name, Page, Record

operations = Operations()

# A look ahead, as an id may begin within what also looks like one.
_ID = re.compile(r"(?=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))", re.IGNORECASE)
_MOST_BYTES = 4_096
# Events that are erased in one step.
_AT_ONCE = 1_000


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
    if len(msgspec.json.encode(body.properties)) > _MOST_BYTES:
        raise Problem(422, f"properties: are more than {_MOST_BYTES} bytes of JSON. Send less.")
    owner = call.caller.id if call.caller else None
    event = as_json(Event(body.name, body.properties))
    mentioned = sorted({found.lower() for found in _ID.findall(event)})
    # In one statement, so that no event is kept without its mentions.
    query = """
        WITH mentions AS (
            INSERT INTO documents (id, kind, owner, data)
            SELECT gen_random_uuid(), 'mention', mentioned, jsonb_build_object('event', $1::uuid)
            FROM unnest($4::text[]) AS mentioned
        )
        INSERT INTO documents (id, kind, owner, data) VALUES ($1, 'event', $2, $3)
        RETURNING id, owner, created_at, data
    """
    async with call.service.database.connection("keep event") as connection:
        row = await connection.fetchrow(query, uuid.uuid4(), owner, event, mentioned)
    return _events(call.service).record(row)


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
    """The events of the user and those about them; a bit at a time, and what is done stays done."""
    query = """
        WITH own AS (
            SELECT id FROM documents WHERE kind = 'event' AND owner = $1 LIMIT $2
        ), about AS (
            SELECT id, (data ->> 'event')::uuid AS event FROM documents
            WHERE kind = 'mention' AND owner = $1 LIMIT $2
        ), mentions AS (
            DELETE FROM documents WHERE id = ANY (ARRAY(SELECT id FROM about))
        ), events AS (
            DELETE FROM documents
            WHERE id = ANY (ARRAY(SELECT id FROM own UNION SELECT event FROM about))
            RETURNING id
        )
        SELECT (SELECT count(*) FROM own) + (SELECT count(*) FROM about) AS found,
            (SELECT count(*) FROM events) AS erased
    """
    erased = 0
    while True:
        async with service.database.connection("erase events") as connection:
            row = await connection.fetchrow(query, user, _AT_ONCE)
        erased += row["erased"]
        if not row["found"]:
            return Erased(erased)


erasure.offer(operations, _erase)
