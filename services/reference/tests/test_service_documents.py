"""Records in a real database, also such as other versions of a service wrote."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from reference.database import Database
from reference.documents import Documents

pytestmark = pytest.mark.sandbox

# What another version wrote: it knows a field more, a field fewer, or both.
OTHERS = {
    "more": {"name": "pier", "visits": 1, "parts": [{"at": "bow", "worn": False}], "since": 1999},
    "fewer": {"name": "pier", "visits": 1},
    "both": {"name": "pier", "visits": 1, "since": 1999},
}


class Part(Struct, frozen=True):
    """A part of a boat."""

    at: str


class Boat(Struct, frozen=True):
    """What this version of a service keeps."""

    name: str
    visits: int
    parts: tuple[Part, ...] = ()


@pytest.fixture
async def boats(postgresql: Any) -> AsyncIterator[Documents[Boat]]:
    """Boats of this test alone."""
    database = Database(postgresql.url)
    await database.open()
    yield Documents(database, f"boat-{uuid.uuid4()}", Boat)
    await database.close()


async def write(postgresql: Any, boats: Documents[Boat], data: object) -> uuid.UUID:
    """Give a new record this data, as another version would."""
    record = await boats.add(Boat("pier", 1))
    update = "UPDATE documents SET data = $2 WHERE id = $1"
    await asyncio.to_thread(postgresql.execute, update, record.id, json.dumps(data))
    return record.id


async def read(postgresql: Any, boat: uuid.UUID) -> dict[str, Any]:
    query = "SELECT data FROM documents WHERE id = $1"
    ((data,),) = await asyncio.to_thread(postgresql.execute, query, boat)
    decoded: dict[str, Any] = json.loads(data)
    return decoded


@pytest.mark.parametrize("other", OTHERS)
async def test_what_another_version_wrote_can_be_changed_and_keeps_its_fields(
    postgresql: Any, boats: Documents[Boat], other: str
) -> None:
    boat = await write(postgresql, boats, OTHERS[other])
    record = await boats.get(boat)
    assert record is not None
    changed = await boats.change(record, replace(record.data, visits=2))
    assert changed is not None
    assert changed.data == replace(record.data, visits=2)
    kept = await read(postgresql, boat)
    assert kept["visits"] == 2
    assert kept.get("since") == OTHERS[other].get("since")


async def test_only_one_of_two_changes_of_the_same_is_made(boats: Documents[Boat]) -> None:
    seen = await boats.add(Boat("pier", 1))
    made = await asyncio.gather(
        *(boats.change(seen, replace(seen.data, visits=n)) for n in range(2, 8))
    )
    (record,) = [each for each in made if each is not None]
    assert await boats.get(seen.id) == record


@pytest.mark.parametrize("other", OTHERS)
async def test_no_update_is_lost(postgresql: Any, boats: Documents[Boat], other: str) -> None:
    boat = await write(postgresql, boats, OTHERS[other])
    updates = (boats.update(boat, lambda b: replace(b, visits=b.visits + 1)) for _ in range(20))
    made = await asyncio.gather(*updates)
    assert sorted(each.data.visits for each in made if each) == list(range(2, 22))
    assert (await read(postgresql, boat)).get("since") == OTHERS[other].get("since")


async def test_an_update_of_what_is_gone_or_stays_changes_nothing(boats: Documents[Boat]) -> None:
    assert await boats.update(uuid.uuid4(), lambda boat: boat) is None
    record = await boats.add(Boat("pier", 1))
    assert await boats.update(record.id, lambda _: None) is None
    assert await boats.get(record.id) == record
    await boats.remove(record.id)
    assert await boats.change(record, Boat("quay", 1)) is None


async def test_only_what_has_these_values_is_removed(boats: Documents[Boat]) -> None:
    record = await boats.add(Boat("pier", 1))
    assert not await boats.remove(record.id, where={"visits": 2})
    assert await boats.remove(record.id, where={"visits": 1})
    assert not await boats.remove(record.id)
