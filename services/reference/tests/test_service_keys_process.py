"""Signing keys in a real database: replicas agree, keys follow each other, none can be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import jwt
import pytest

from reference.database import Database
from reference.documents import Documents
from reference.identity.keys import KeptKey, Schedule, SigningKeys
from reference.identity.seal import Seal

pytestmark = pytest.mark.sandbox
Start = Callable[..., Any]
Replica = Callable[[str | None], Any]
SCHEDULE = Schedule(
    age=timedelta(days=30), lead=timedelta(seconds=600), token=timedelta(seconds=600)
)


@pytest.fixture
async def replica(postgresql: Any) -> AsyncIterator[Callable[..., Any]]:
    """Make the keys of one more replica, by the secret that they are sealed with."""
    async with AsyncExitStack() as stack:

        async def made(secret: str | None, schedule: Schedule = SCHEDULE) -> SigningKeys:
            database = Database(postgresql.url)
            await database.open()
            stack.push_async_callback(database.close)
            return SigningKeys(database, Seal(secret, "https://auth.example"), schedule)

        yield made


async def test_replicas_that_start_at_once_agree_on_one_key(replica: Any) -> None:
    replicas = [await replica("secret of this test: agree") for _ in range(4)]
    keys = await asyncio.gather(*(one.signing() for one in replicas * 3))
    assert len({key.key_id for key in keys}) == 1
    for one in replicas:
        assert await one.find(keys[0].key_id)


async def test_a_key_survives_a_restart_only_with_its_secret(replica: Any) -> None:
    before = await (await replica("secret of this test: restart")).signing()
    after = await (await replica("secret of this test: restart")).signing()
    assert after.key_id == before.key_id
    other = await replica("secret of this test: another")
    assert (await other.signing()).key_id != before.key_id
    # What was signed before is still good there.
    assert await other.find(before.key_id)
    without = [await (await replica(None)).signing() for _ in range(2)]
    assert without[0].key_id != without[1].key_id


async def test_the_database_holds_no_key_in_the_clear(replica: Any, postgresql: Any) -> None:
    key = await (await replica("secret of this test: sealed")).signing()
    database = Database(postgresql.url)
    await database.open()
    try:
        records = await Documents(database, "signing-key", KeptKey).newest(100)
        async with database.connection("test") as connection:
            rows = await connection.fetch("SELECT data::text FROM documents")
    finally:
        await database.close()
    (kept,) = [record.data for record in records if record.data.key_id == key.key_id]
    assert set(kept.public) == {"kty", "n", "e", "kid", "use", "alg"}
    text = "".join(str(row[0]) for row in rows)
    numbers = key.private.private_numbers()
    for secret in (numbers.d, numbers.p, numbers.q):
        assert f"{secret:x}" not in text
        assert jwt.utils.to_base64url_uint(secret).decode() not in text
    assert "secret of this test" not in text


async def test_a_key_of_age_is_followed_by_one_that_is_published_first(replica: Any) -> None:
    schedule = Schedule(timedelta(0), timedelta(seconds=600), timedelta(seconds=600))
    secret = "secret of this test: age"  # pragma: allowlist secret
    keys = await replica(secret, schedule)
    first = await keys.signing()
    await keys.keep()
    published = {key["kid"] for key in await keys.published()}
    assert first.key_id in published
    assert (await keys.signing()).key_id == first.key_id
    # Another replica that finds the same at the same time makes none of its own.
    records = await keys._own()
    assert sorted(record.data.number for record in records) == [1, 2]
    (following,) = [record.data for record in records if record.data.number == 2]
    assert following.key_id in published
    assert following.lead_seconds == 600


async def test_replicas_that_rotate_at_once_make_one_key(replica: Any) -> None:
    replicas = [await replica("secret of this test: rotate") for _ in range(3)]
    await asyncio.gather(*(one.signing() for one in replicas))
    made = await asyncio.gather(*(one.rotate() for one in replicas))
    assert len({key.key_id for key in made}) == 1
    assert {key.number for key in made} == {2}


async def test_a_compromised_key_ends_at_once(replica: Any) -> None:
    keys = await replica("secret of this test: compromised")
    old = await keys.signing()
    await keys.rotate()
    made = await keys.rotate(compromised=True)
    assert (await keys.signing()).key_id == made.key_id
    assert await keys.find(old.key_id) is None
    assert [key["kid"] for key in await keys.published()] == [made.key_id]


def test_rotation_across_two_processes_and_a_service_that_checks(
    auth: Any, start: Start, postgresql: Any, eventually: Any
) -> None:
    auth.variables = {**auth.variables, "KEY_LEAD_SECONDS": "2"}
    auth.running = auth.again()
    second = auth.again()
    jobs = start(SERVICE="jobs", DATABASE_URL=postgresql.url, AUTH_URL=second.url)
    old = auth.client("operations")
    assert jobs.get("/v1/runs", old).status_code == 200
    answer = auth.running.client.post(f"{auth.url}/v1/keys", json={}, headers=auth.user())
    assert answer.status_code == 403
    answer = auth.running.client.post(f"{auth.url}/v1/keys", json={}, headers=old)
    assert answer.status_code == 201
    made = answer.json()
    assert made["signs_in_seconds"] == 2

    def published() -> bool:
        keys = second.get("/.well-known/jwks.json").json()["keys"]
        return made["key_id"] in {key["kid"] for key in keys}

    eventually(published, 5, "the other replica publishes it")

    def signed_by(where: Any) -> str:
        grant = {"grant_type": "client_credentials", "client_id": "operations"}
        grant["client_secret"] = auth.secret("operations")
        token = where.client.post(f"{where.url}/v1/token", json=grant).json()["access_token"]
        assert jobs.get("/v1/runs", {"Authorization": f"Bearer {token}"}).status_code == 200
        return str(jwt.get_unverified_header(token)["kid"])

    for where in (auth.running, second):
        eventually(lambda at=where: signed_by(at) == made["key_id"], 10, "it signs")
    # A token of the old key is as good as before, everywhere.
    assert jobs.get("/v1/runs", old).status_code == 200
    assert second.get(f"/v1/users/{'0' * 8}-0000-4000-8000-{'0' * 12}", old).status_code == 404
    lines = [json.loads(line) for line in auth.running.output.read_text().splitlines()]
    audited = [line for line in lines if line.get("action") == "rotate"]
    assert [(line["status"], line["actor_kind"]) for line in audited] == [
        (403, "user"),
        (201, "operator"),
    ]


def test_without_a_key_to_seal_with_the_log_says_what_to_set(
    start: Start, postgresql: Any, eventually: Any
) -> None:
    auth = start(SERVICE="auth", DATABASE_URL=postgresql.url)
    eventually(lambda: "Set KEY_ENCRYPTION_KEY" in auth.output.read_text(), 5, "the log says it")
    assert auth.get("/.well-known/jwks.json").json()["keys"]
