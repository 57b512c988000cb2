"""Weather and water conditions of the spots that sessions are at."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from reference import cached
from reference.cached import read_through
from reference.documents import Documents
from reference.domain.conditions import SPOTS, Reading, Spot, reading
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Slug

operations = Operations()


class Refreshed(Struct, frozen=True):
    """How many spots have new readings."""

    spots: int


def _readings(service: Service) -> Documents[Reading]:
    return Documents(service.database, "reading", Reading)


@operations.get("/v1/spots", access=Access.ANYONE)
async def spots(_: Call) -> list[Spot]:
    """Give the spots whose conditions are known."""
    return list(SPOTS.values())


@operations.get("/v1/spots/{spot}/conditions", access=Access.ANYONE)
async def conditions(call: Call, spot: Slug) -> Answer[Reading]:
    """Give the conditions at a spot, from the cache where it has them."""
    if spot not in SPOTS:
        raise Problem(404, "This spot is not known. /v1/spots gives those that are.")

    async def load() -> Reading:
        record = await _readings(call.service).of_key(spot)
        if record is None or _age_hours(record.data) >= 1:
            return await _observe(call.service, SPOTS[spot])
        return record.data

    return await read_through(call, f"conditions:{spot}", load)


@operations.post("/v1/refreshes", access=Access.SERVICE | Access.OPERATOR, status=200)
async def refresh(call: Call) -> Refreshed:
    """Read the conditions of all spots anew, also for the cache."""
    for spot in SPOTS.values():
        observed = await _observe(call.service, spot)
        await cached.put(call.service, f"conditions:{spot.name}", observed)
    return Refreshed(len(SPOTS))


async def _observe(service: Service, spot: Spot) -> Reading:
    observed = reading(spot, datetime.now(UTC))
    await _readings(service).put(spot.name, observed)
    return observed


def _age_hours(kept: Reading) -> float:
    return (datetime.now(UTC) - kept.hour).total_seconds() / 3600
