"""Events and the users that they are about, with a real database."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from reference import services
from reference.app import application
from reference.faults import Faults
from reference.service import Service, assemble
from reference.services import analytics as module
from reference.settings import Settings

pytestmark = pytest.mark.sandbox

USER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
# Of others, as many as the database notices when it looks at each.
MANY = """
    INSERT INTO documents (id, kind, data)
    SELECT gen_random_uuid(), 'event', jsonb_build_object('name', 'seen', 'properties', '{}'::jsonb)
    FROM generate_series(1, 5000)
"""
LOOKED_AT = """
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables
    WHERE relname = 'documents'
"""


@dataclass
class Analytics:
    """The service in this process, with a database of its own."""

    service: Service
    client: httpx.AsyncClient
    gateway: dict[str, str]

    async def track(self, name: str, **properties: Any) -> httpx.Response:
        """Keep an event that nobody signed in for."""
        body = {"name": name, "properties": properties}
        return await self.client.post("/v1/events", json=body)

    async def erase(self, user: str) -> int:
        """Erase a user; how many events there were."""
        answer = await self.client.delete(f"/v1/users/{user}/data", headers=self.gateway)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["erased"])

    async def execute(self, statement: str, *values: object) -> list[Any]:
        """The rows that the database has for a statement."""
        async with self.service.database.connection("test") as connection:
            return list(await connection.fetch(statement, *values))

    async def looked_at(self) -> int:
        """How many rows the database has looked at by now."""
        await self.execute("SELECT pg_stat_force_next_flush()")
        (row,) = await self.execute(LOOKED_AT)
        return int(row["rows"])

    async def names(self) -> set[str]:
        """The names of the events that are there."""
        rows = await self.execute("SELECT data FROM documents WHERE kind = 'event'")
        return {json.loads(row["data"])["name"] for row in rows}


@pytest.fixture
def database(postgresql: Any) -> str:
    name = f"analytics_{uuid.uuid4().hex}"
    postgresql.execute(f"CREATE DATABASE {name}")
    return str(postgresql.url_of(name))


@pytest_asyncio.fixture
async def analytics(database: str, identity: Any) -> AsyncIterator[Analytics]:
    # One connection, so that its statistics are all that there are.
    settings = Settings("analytics", "1", database, database_connections=1)
    service = replace(assemble(settings, Faults()), verifier=identity.verifier)
    await service.database.open()
    transport = httpx.ASGITransport(application(service, services.load("analytics")))
    async with httpx.AsyncClient(transport=transport, base_url="http://analytics") as client:
        yield Analytics(service, client, identity.service("api"))
    await service.close()


async def test_an_erasure_looks_at_no_event_of_others(analytics: Analytics) -> None:
    await analytics.execute(MANY)
    await analytics.execute("ANALYZE documents")
    assert (await analytics.track("met", who=USER)).status_code == 201
    before = await analytics.looked_at()
    assert await analytics.erase(USER) == 1
    assert await analytics.looked_at() - before < 100


@pytest.mark.parametrize(
    "properties",
    [
        {"who": USER},
        {"who": USER.upper()},
        {"at": [{"whom": f"user:{USER}!"}]},
        {USER: True},
        # Both of these are ids.
        {"who": f"deadbeef-dead-dead-dead-dead{USER}"},
    ],
)
async def test_events_about_a_user_are_erased(
    analytics: Analytics, properties: dict[str, Any]
) -> None:
    answer = await analytics.track("about", **properties)
    assert answer.json()["data"] == {"name": "about", "properties": properties}
    await analytics.track("not about", who=str(uuid.uuid4()))
    assert await analytics.erase(USER) == 1
    assert await analytics.names() == {"not about"}
    assert await analytics.execute("SELECT 1 FROM documents WHERE owner = $1", USER) == []


async def test_events_of_a_user_are_erased(analytics: Analytics, identity: Any) -> None:
    body = {"name": "opened", "properties": {"me": USER}}
    for _ in range(3):
        await analytics.client.post("/v1/events", json=body, headers=identity.user(USER))
    assert await analytics.erase(USER) == 3
    assert await analytics.names() == set()


async def test_many_are_erased_bit_by_bit(
    analytics: Analytics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    for _ in range(5):
        await analytics.track("about", who=[USER, str(uuid.uuid4())])
    assert await analytics.erase(USER) == 5
    assert await analytics.erase(USER) == 0


async def test_what_can_not_be_kept_leaves_no_mention(analytics: Analytics) -> None:
    assert (await analytics.track("nul", who=USER, text="\0")).status_code == 422
    assert await analytics.execute("SELECT 1 FROM documents") == []


async def test_an_event_is_small(analytics: Analytics) -> None:
    assert (await analytics.track("fits", text="x" * 4_085)).status_code == 201
    answer = await analytics.track("does not", text="x" * 4_086)
    assert answer.status_code == 422
    detail = "properties: are more than 4096 bytes of JSON. Send less."
    assert answer.json()["detail"] == detail
    assert await analytics.names() == {"fits"}
