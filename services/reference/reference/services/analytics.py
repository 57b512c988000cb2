"""Event tracking: what users did, as the clients report it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from reference.documents import Documents
from reference.operations import Access, Call, Operations
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


def _events(call: Call) -> Documents[Event]:
    return Documents(call.service.database, "event", Event)


@operations.post("/v1/events", access=Access.ANYONE)
async def track(call: Call, body: NewEvent) -> Record[Event]:
    """Keep an event, of the user where one is signed in."""
    owner = call.caller.id if call.caller else None
    return await _events(call).add(Event(body.name, body.properties), owner=owner)


@operations.get("/v1/events", access=Access.SERVICE | Access.OPERATOR)
async def newest(call: Call, query: Page) -> list[Record[Event]]:
    """Give the newest events."""
    return await _events(call).newest(query.limit)
