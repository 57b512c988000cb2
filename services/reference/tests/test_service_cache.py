"""What was removed is not served any more, whatever the cache and other replicas do meanwhile."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from patience import PATIENCE

from reference import cache as caches
from reference.cache import Cache
from reference.metrics import Metrics
from reference.settings import Settings

pytestmark = pytest.mark.sandbox

Replica = Callable[[], Cache]


@pytest_asyncio.fixture
async def replica(valkey: Any) -> AsyncIterator[Replica]:
    """The cache as replicas of a service that nobody else is have it."""
    made: list[Cache] = []
    prefix = f"{uuid.uuid4()}:"

    def another() -> Cache:
        settings = Settings("auth", "1", "postgresql://nowhere/d")
        made.append(Cache(valkey.url, prefix, 60, Metrics(settings)))
        return made[-1]

    yield another
    for cache in made:
        await cache.close()


async def _is_even_with(cache: Cache) -> None:
    async with asyncio.timeout(20 * PATIENCE):
        # Nothing tells when.
        while cache.is_behind:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_what_was_read_before_a_removal_is_not_kept_after_it(replica: Replica) -> None:
    reader, remover = replica(), replica()
    # The reader finds nothing, loads the value, and is slow to keep it.
    assert await reader.get("session:1") is None
    await remover.remove("session:1")
    await reader.put("session:1", b"{}")
    assert await reader.get("session:1") is None
    # Other values are kept as ever.
    await reader.put("session:2", b"{}")
    assert await reader.get("session:2") == b"{}"


async def test_later_the_key_is_as_good_as_any(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "REMOVED_SECONDS", 1)
    cache = replica()
    await cache.put("profile:1", b"1")
    await cache.remove("profile:1")
    async with asyncio.timeout(20 * PATIENCE):
        while await cache.get("profile:1") is None:
            await cache.put("profile:1", b"2")
    assert await cache.get("profile:1") == b"2"
    await cache.put("profile:1", b"3")
    assert await cache.get("profile:1") == b"3"


async def test_what_can_not_be_removed_now_is_when_the_cache_is_back(
    replica: Replica, valkey: Any
) -> None:
    cache, other = replica(), replica()
    for key in ("profile:1", "profile:2"):
        await cache.put(key, b"{}")
    with valkey.hanging():
        # The first failure has the cache left alone for a while.
        assert await cache.get("profile:1") is None
        for key in ("profile:1", "profile:2"):
            await cache.remove(key)
        assert cache.is_behind
        assert not other.is_behind
    # The replica that removed them does without the cache at once.
    assert await cache.get("profile:2") is None
    await _is_even_with(cache)
    assert [await other.get(key) for key in ("profile:1", "profile:2")] == [None, None]


async def test_a_pause_hinders_no_removal(replica: Replica, valkey: Any) -> None:
    cache, other = replica(), replica()
    await cache.put("profile:1", b"{}")
    with valkey.hanging():
        assert await cache.get("profile:1") is None
    await cache.remove("profile:1")
    assert not cache.is_behind
    assert await other.get("profile:1") is None


async def test_no_more_is_remembered_than_there_can_be(
    replica: Replica, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "MOST_LATE", 3)
    cache = replica()
    with valkey.hanging():
        for number in range(5):
            await cache.remove(f"session:{number}")
    assert cache.is_behind
    await _is_even_with(cache)


async def test_without_a_cache_nothing_is_left_in_it() -> None:
    cache = Cache(None, "", 60, Metrics(Settings("auth", "1", "postgresql://nowhere/d")))
    await cache.remove("profile:1")
    assert not cache.is_behind


def test_an_erased_user_is_served_from_no_cache(auth: Any, valkey: Any, eventually: Any) -> None:
    auth.running = auth.again(CACHE_URL=valkey.url)
    registered = auth.register(name="Ada")
    profile = f"/v1/users/{registered['id']}"
    reader, gateway = auth.client("payments"), auth.client("api")
    seen = [auth.running.get(profile, reader) for _ in range(2)]
    assert seen[1].headers["x-cache"] == "hit"
    path = f"{auth.url}{profile}/data"
    with valkey.hanging():
        erased = auth.running.client.delete(path, headers=gateway)
        assert (erased.status_code, erased.headers["retry-after"]) == (503, "2")
    eventually(
        lambda: auth.running.client.delete(path, headers=gateway).status_code == 200,
        20,
        "the user is erased",
    )
    assert auth.running.get(profile, reader).status_code == 404
