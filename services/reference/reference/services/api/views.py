"""Views that combine what several services know."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from msgspec import Struct

from reference.domain.conditions import Reading
from reference.domain.scores import Score
from reference.lenient import Lenient
from reference.operations import Access, Answer, Call
from reference.peers import as_caller
from reference.services.api.offered import operations
from reference.services.discovery import Session
from reference.values import Record

_Records = list[dict[str, Any]]
# The lists of a user's own: which service keeps each, and where.
OWN = {
    "bookings": ("payments", "/v1/bookings"),
    "plans": ("float-plan", "/v1/plans"),
    "conversations": ("messaging", "/v1/conversations"),
    "notifications": ("notification", "/v1/notifications"),
    "entries": ("calendar", "/v1/entries"),
}


class SessionView(Struct, frozen=True):
    """A session with what speaks for it. None: it can't be had just now, or is not known."""

    session: Record[Session]
    conditions: Reading | None
    host_score: Score | None


class Overview(Struct, frozen=True):
    """What a user sees first: of each the newest five. None: it can't be had just now."""

    profile: dict[str, Any] | None
    score: Score | None
    bookings: _Records | None
    plans: _Records | None
    conversations: _Records | None
    notifications: _Records | None
    entries: _Records | None


@operations.get("/v1/sessions/{session}", access=Access.ANYONE)
async def session_view(call: Call, session: UUID) -> Answer[SessionView]:
    """Give a session with the conditions at its spot and its host's reliability."""
    peers = as_caller(call)
    found = await peers.get("discovery", f"/v1/sessions/{session}", Record[Session])
    lenient = Lenient()
    path = f"/v1/spots/{found.data.spot}/conditions"
    conditions, score = await asyncio.gather(
        lenient.ask(peers.get("conditions", path, Reading)),
        lenient.ask(peers.get("reliability", f"/v1/scores/{found.owner}", Score)),
    )
    return Answer(SessionView(found, conditions, score), lenient.headers)


@operations.get("/v1/me", access=Access.USER)
async def me(call: Call) -> Answer[Overview]:
    """Give what the user sees first."""
    peers = as_caller(call)
    lenient = Lenient()

    async def newest(name: str, path: str) -> _Records | None:
        return await lenient.ask(peers.get(name, path, _Records, limit=5))

    (profile, score), lists = await asyncio.gather(
        asyncio.gather(
            lenient.ask(peers.get("auth", "/v1/userinfo", dict[str, Any])),
            lenient.ask(peers.get("reliability", f"/v1/scores/{call.user}", Score)),
        ),
        asyncio.gather(*(newest(*place) for place in OWN.values())),
    )
    own = dict(zip(OWN, lists, strict=True))
    return Answer(Overview(profile, score, **own), lenient.headers)
