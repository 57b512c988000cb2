"""Session matching: the outdoor sessions that hosts offer and users look for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from reference import cached, erasure
from reference.cached import read_through
from reference.documents import Documents
from reference.domain.conditions import Reading
from reference.domain.matching import suitability
from reference.domain.scores import MOST_SCORES, Score
from reference.erasure import Erased
from reference.found import adult, own
from reference.lenient import Lenient
from reference.operations import Access, Answer, Call, Operations
from reference.peers import as_caller
from reference.problems import Problem
from reference.service import Service
from reference.values import Cents, Input, Moment, Name, Page, Query, Record, Slug, Text

operations = Operations()

Places = Annotated[int, Meta(ge=1, le=100)]
_FARTHEST = timedelta(days=730)
# Of so many spots the conditions are asked for; those of the others count as not known.
_MOST_SPOTS = 12


class Session(Struct, frozen=True):
    """A session on offer. places: how many may book it."""

    title: str
    activity: str
    spot: str
    starts_at: datetime
    price_cents: int
    places: int = 1
    description: str = ""


class NewSession(Input, frozen=True):
    """A session to offer."""

    title: Name
    activity: Slug
    spot: Slug
    starts_at: Moment
    price_cents: Cents
    places: Places = 1
    description: Text | None = None


class Wanted(Page, frozen=True):
    """What a user looks for."""

    activity: Slug | None = None
    spot: Slug | None = None


class Sought(Query, frozen=True):
    """What should suit a user."""

    activity: Slug | None = None
    spot: Slug | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 10


class Match(Struct, frozen=True):
    """A session and what speaks for it.

    suitability: from 0 to 1. host_score: 0 to 100. conditions: now; both None: not known.
    """

    session: Record[Session]
    suitability: float
    host_score: float | None
    conditions: Reading | None


def _sessions(service: Service) -> Documents[Session]:
    return Documents(service.database, "session", Session)


@operations.post("/v1/sessions", access=Access.USER)
async def offer(call: Call, body: NewSession) -> Answer[Record[Session]]:
    """Offer a session."""
    adult(call, "host sessions")
    now = datetime.now(UTC)
    if not now < body.starts_at < now + _FARTHEST:
        raise Problem(422, "starts_at: is not within the next two years. Give a time that is.")
    session = Session(
        title=body.title,
        activity=body.activity,
        spot=body.spot,
        starts_at=body.starts_at,
        price_cents=body.price_cents,
        places=body.places,
        description=body.description or "",
    )
    record = await _sessions(call.service).add(session, owner=call.user)
    return Answer(record, {"Location": f"/v1/sessions/{record.id}"})


@operations.get("/v1/sessions", access=Access.ANYONE)
async def find(call: Call, query: Wanted) -> list[Record[Session]]:
    """Find sessions, those first that were offered last."""
    return await _sessions(call.service).newest(
        query.limit, where=_where(query), before=query.before
    )


@operations.get("/v1/sessions/{session}", access=Access.ANYONE)
async def show(call: Call, session: UUID) -> Answer[Record[Session]]:
    """Give a session, from the cache where it has it."""
    return await read_through(
        call, _cache_key(session), lambda: _sessions(call.service).get(session)
    )


@operations.delete("/v1/sessions/{session}", access=Access.USER, status=204)
async def withdraw(call: Call, session: UUID) -> None:
    """Offer one's own session no longer."""
    own(await _sessions(call.service).get(session), call)
    await _sessions(call.service).remove(session)
    await call.service.cache.remove(_cache_key(session))


@operations.get("/v1/matches", access=Access.ANYONE)
async def match(call: Call, query: Sought) -> Answer[list[Match]]:
    """Give the sessions to come that suit best, by their hosts' reliability and the weather."""
    now = datetime.now(UTC)
    candidates = [
        record
        for record in await _sessions(call.service).newest(100, where=_where(query))
        if record.data.starts_at > now
    ]
    lenient = Lenient()
    hosts = {record.owner for record in candidates if record.owner}
    spots = {record.data.spot for record in candidates}
    score_of, reading_of = await asyncio.gather(
        _scores(call, lenient, sorted(hosts)[:MOST_SCORES]),
        _readings(call, lenient, sorted(spots)[:_MOST_SPOTS]),
    )
    matches = []
    for record in candidates:
        score = score_of.get(record.owner or "")
        reading = reading_of.get(record.data.spot)
        rating = None if reading is None else reading.rating
        suits = suitability(score, rating, record.data.starts_at, now)
        matches.append(Match(record, suits, score, reading))
    matches.sort(key=lambda found: (-found.suitability, found.session.data.starts_at))
    return Answer(matches[: query.limit], lenient.headers)


async def _scores(call: Call, lenient: Lenient, hosts: list[str]) -> dict[str, float]:
    """The hosts' scores, as far as they can be had; asked for at once, each kept in the cache."""
    kept = {host: await cached.get(call.service, _score_key(host), Score) for host in hosts}
    missing = [host for host, score in kept.items() if score is None]
    if missing:
        users = ",".join(missing)
        asked = as_caller(call).get("reliability", "/v1/scores", list[Score], users=users)
        for score in await lenient.ask(asked) or ():
            kept[str(score.user)] = score
            await cached.put(call.service, _score_key(str(score.user)), score)
    return {host: score.score for host, score in kept.items() if score is not None}


async def _readings(call: Call, lenient: Lenient, spots: list[str]) -> dict[str, Reading]:
    """The conditions at the spots, as far as they can be had."""
    readings = await asyncio.gather(*(_reading(call, lenient, spot) for spot in spots))
    return {reading.spot: reading for reading in readings if reading is not None}


async def _reading(call: Call, lenient: Lenient, spot: str) -> Reading | None:
    key = f"conditions:{spot}"
    kept = await cached.get(call.service, key, Reading)
    if kept is not None:
        return kept
    path = f"/v1/spots/{spot}/conditions"
    found = await lenient.ask(as_caller(call).get("conditions", path, Reading))
    if found is not None:
        await cached.put(call.service, key, found)
    return found


def _where(query: Wanted | Sought) -> dict[str, str]:
    wanted = {"activity": query.activity, "spot": query.spot}
    return {name: value for name, value in wanted.items() if value is not None}


def _cache_key(session: UUID) -> str:
    return f"session:{session}"


def _score_key(host: str) -> str:
    return f"score:{host}"


async def _erase(service: Service, user: str) -> Erased:
    sessions = _sessions(service)
    erased = 0
    while records := await sessions.newest(100, owner=user):
        for record in records:
            erased += await sessions.remove(record.id)
            await service.cache.remove(_cache_key(record.id))
    await service.cache.remove(_score_key(user))
    return Erased(erased)


erasure.offer(operations, _erase)
