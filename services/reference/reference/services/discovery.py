"""Session matching: the outdoor sessions that hosts offer and users look for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from reference.cached import read_through
from reference.documents import Documents
from reference.operations import Access, Answer, Call, Operations
from reference.values import Input, Limit, Name, Query, Record, Slug

operations = Operations()

Cents = Annotated[int, Meta(ge=0, le=1_000_000)]


class Session(Struct, frozen=True):
    """A session on offer."""

    title: str
    activity: str
    spot: str
    starts_at: datetime
    price_cents: int


class NewSession(Input, frozen=True):
    """A session to offer."""

    title: Name
    activity: Slug
    spot: Slug
    starts_at: Annotated[datetime, Meta(tz=True)]
    price_cents: Cents


class Wanted(Query, frozen=True):
    """What a user looks for."""

    activity: Slug | None = None
    spot: Slug | None = None
    limit: Limit = 20


def _sessions(call: Call) -> Documents[Session]:
    return Documents(call.service.database, "session", Session)


@operations.post("/v1/sessions", access=Access.USER)
async def offer(call: Call, body: NewSession) -> Answer[Record[Session]]:
    """Offer a session."""
    session = Session(body.title, body.activity, body.spot, body.starts_at, body.price_cents)
    record = await _sessions(call).add(session, owner=call.user)
    return Answer(record, {"Location": f"/v1/sessions/{record.id}"})


@operations.get("/v1/sessions", access=Access.ANYONE)
async def find(call: Call, query: Wanted) -> list[Record[Session]]:
    """Find sessions, the newest first."""
    wanted = {"activity": query.activity, "spot": query.spot}
    where = {name: value for name, value in wanted.items() if value is not None}
    return await _sessions(call).newest(query.limit, where=where)


@operations.get("/v1/sessions/{session}", access=Access.ANYONE)
async def show(call: Call, session: UUID) -> Answer[Record[Session]]:
    """Give a session, from the cache where it has it."""
    return await read_through(call, f"session:{session}", lambda: _sessions(call).get(session))
