"""Reliability scores: what became of bookings, and what that says of those who made them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from reference import cached, erasure
from reference.cached import read_through
from reference.documents import Documents
from reference.domain import scores
from reference.domain.scores import MOST_SCORES, OutcomeKind, Score
from reference.erasure import Erased
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Moment, Page, Query, Record

operations = Operations()

# So many of the newest outcomes make a score; what is older hardly counts any more.
_COUNTED = 100


class Outcome(Struct, frozen=True):
    """What became of a booking, for one of its two sides."""

    booking: UUID
    kind: OutcomeKind
    at: datetime


class NewOutcome(Input, frozen=True):
    """What became of a booking, for this user."""

    user: UUID
    kind: OutcomeKind
    at: Moment


class Users(Query, frozen=True):
    """Whose scores: ids, separated by commas."""

    users: Annotated[str, Meta(max_length=37 * MOST_SCORES)]


class Rescored(Struct, frozen=True):
    """How many users have a new score."""

    users: int


class _Kept(Struct, frozen=True):
    score: float
    outcomes: int


def _outcomes(service: Service) -> Documents[Outcome]:
    return Documents(service.database, "outcome", Outcome)


def _scores(service: Service) -> Documents[_Kept]:
    return Documents(service.database, "score", _Kept)


@operations.put("/v1/outcomes/{booking}", access=Access.SERVICE | Access.OPERATOR)
async def keep_outcome(call: Call, booking: UUID, body: NewOutcome) -> Score:
    """Keep what became of a booking for a user, in place of what was kept before."""
    outcome = Outcome(booking, body.kind, body.at)
    user = str(body.user)
    await _outcomes(call.service).put(f"{booking}:{user}", outcome, owner=user)
    return await _rescore(call.service, user)


@operations.get("/v1/outcomes", access=Access.USER)
async def own_outcomes(call: Call, query: Page) -> list[Record[Outcome]]:
    """Give the newest outcomes of the user."""
    return await _outcomes(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.get("/v1/scores", access=Access.ANYONE)
async def several(call: Call, query: Users) -> list[Score]:
    """Give the scores of some users."""
    try:
        users = [UUID(user) for user in query.users.split(",") if user][:MOST_SCORES]
    except ValueError as e:
        raise Problem(422, "users: is not a list of ids. Give them separated by commas.") from e
    return [await _score(call.service, user) for user in users]


@operations.get("/v1/scores/{user}", access=Access.ANYONE)
async def one(call: Call, user: UUID) -> Answer[Score]:
    """Give a user's score, from the cache where it has it."""
    return await read_through(call, _cache_key(str(user)), lambda: _score(call.service, user))


@operations.post("/v1/scores", access=Access.SERVICE | Access.OPERATOR, status=200)
async def rescore(call: Call) -> Rescored:
    """Make all scores anew: what is long ago counts less than yesterday."""
    query = """
        SELECT DISTINCT owner FROM documents
        WHERE kind = 'outcome' AND owner > $1 ORDER BY 1 LIMIT 500
    """
    count = 0
    last = ""
    while True:
        async with call.service.database.connection("owners of outcomes") as connection:
            owners = [row["owner"] for row in await connection.fetch(query, last)]
        if not owners:
            return Rescored(count)
        for owner in owners:
            await _rescore(call.service, owner)
        count += len(owners)
        last = owners[-1]


async def _rescore(service: Service, user: str) -> Score:
    outcomes = await _outcomes(service).newest(_COUNTED, owner=user)
    known = [(record.data.kind, record.data.at) for record in outcomes]
    kept = _Kept(scores.score(known, datetime.now(UTC)), len(known))
    await _scores(service).put(user, kept, owner=user)
    found = Score(UUID(user), kept.score, kept.outcomes)
    await cached.put(service, _cache_key(user), found)
    return found


async def _score(service: Service, user: UUID) -> Score:
    record = await _scores(service).of_key(str(user))
    if record is None:
        return Score(user, scores.score([], datetime.now(UTC)), 0)
    return Score(user, record.data.score, record.data.outcomes)


def _cache_key(user: str) -> str:
    return f"score:{user}"


async def _erase(service: Service, user: str) -> Erased:
    erased = await _outcomes(service).erase(user) + await _scores(service).erase(user)
    await service.cache.remove(_cache_key(user))
    return Erased(erased)


erasure.offer(operations, _erase)
