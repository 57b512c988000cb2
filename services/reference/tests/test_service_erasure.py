"""A service that has erased a user: their token is refused, and the cache knows nothing of them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from reference import erasure
from reference.app import application
from reference.erasure import Erased
from reference.faults import Faults
from reference.operations import Access, Call, Operations
from reference.service import Service, assemble
from reference.settings import Settings

Erase = Callable[[Service, str], Awaitable[Erased]]


async def _nothing(_: Service, __: str) -> Erased:
    return Erased()


@asynccontextmanager
async def offering(
    identity: Any, cache_url: str | None, erase: Erase = _nothing
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that keeps notes of users, and erases by `erase`."""
    operations = Operations()
    erasure.offer(operations, erase)

    @operations.post("/v1/notes", access=Access.ANYONE)
    async def keep(_: Call) -> dict[str, str]:
        """Keep a note."""
        return {}

    settings = Settings("calendar", "1", "postgresql://nowhere/d", cache_url=cache_url)
    service = replace(assemble(settings, Faults()), verifier=identity.verifier)
    transport = httpx.ASGITransport(application(service, operations))
    async with httpx.AsyncClient(transport=transport, base_url="http://calendar") as client:
        yield client
    await service.close()


@pytest.mark.sandbox
@pytest.mark.smoke
async def test_a_user_who_was_erased_writes_nothing_more(identity: Any, valkey: Any) -> None:
    user, other = str(uuid.uuid4()), identity.user()
    held = identity.user(user)
    async with offering(identity, valkey.url) as calendar, offering(identity, valkey.url) as twin:
        assert (await calendar.post("/v1/notes", headers=held)).status_code == 201
        path = f"/v1/users/{user}/data"
        erased = await calendar.delete(path, headers=identity.service("api"))
        assert erased.status_code == 200
        for replica in (calendar, twin):
            refused = await replica.post("/v1/notes", headers=held)
            assert (refused.status_code, refused.json()["detail"]) == (401, "This user was erased.")
            assert 'error="invalid_token"' in refused.headers["www-authenticate"]
            assert (await replica.post("/v1/notes", headers=other)).status_code == 201
            assert (await replica.post("/v1/notes")).status_code == 201
        # Asked again, as after a lost answer.
        again = await twin.delete(path, headers=identity.service("api"))
        assert again.status_code == 200


@pytest.mark.sandbox
async def test_nothing_is_erased_while_the_cache_is_away(identity: Any, valkey: Any) -> None:
    user = str(uuid.uuid4())
    asked = []

    async def erase(_: Service, who: str) -> Erased:
        asked.append(who)
        return Erased(1)

    path, gateway = f"/v1/users/{user}/data", identity.service("api")
    async with offering(identity, valkey.url, erase) as calendar:
        with valkey.hanging():
            answer = await calendar.delete(path, headers=gateway)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert asked == []
            # Whoever is not known to be erased is served.
            served = await calendar.post("/v1/notes", headers=identity.user(user))
            assert served.status_code == 201
        # So the numbers of the receipt are right.
        answer = await calendar.delete(path, headers=gateway)
        assert (answer.status_code, answer.json()["erased"]) == (200, 1)


@pytest.mark.sandbox
async def test_an_erasure_is_not_done_while_the_cache_may_have_the_user(
    identity: Any, valkey: Any
) -> None:
    hanging = ExitStack()

    async def erase(service: Service, user: str) -> Erased:
        hanging.enter_context(valkey.hanging())
        await service.cache.remove(f"profile:{user}")
        return Erased(1)

    async with offering(identity, valkey.url, erase) as calendar:
        path = f"/v1/users/{uuid.uuid4()}/data"
        with hanging:
            answer = await calendar.delete(path, headers=identity.service("api"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_without_a_cache_all_is_erased_and_no_token_refused(identity: Any) -> None:
    user = str(uuid.uuid4())
    async with offering(identity, None) as calendar:
        path = f"/v1/users/{user}/data"
        answer = await calendar.delete(path, headers=identity.service("api"))
        assert answer.status_code == 200
        served = await calendar.post("/v1/notes", headers=identity.user(user))
        assert served.status_code == 201
