"""The keys of `auth`, as other services know them: when they are asked for, and when it is away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reference.dependencies import Dependencies
from reference.dependency_errors import DependencyError
from reference.identity import jwks
from reference.identity.jwks import PublishedKeys
from reference.problems import Problem


class Auth(Dependencies):
    """`auth` with some keys, or away."""

    def __init__(self, *published: dict[str, str]) -> None:
        self.published = published
        self.is_away = False
        self.nonsense: object = None
        self.asked = 0

    async def get(self, name: str, path: str, **_: Any) -> Any:
        """What it publishes."""
        assert (name, path) == ("auth", "/.well-known/jwks.json")
        self.asked += 1
        if self.is_away:
            raise DependencyError(name, "ConnectError")
        return self.nonsense or {"keys": list(self.published)}


class Clock:
    """Time that passes when told to."""

    now = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the keys."""
    clock = Clock()
    monkeypatch.setattr(jwks, "time", clock)
    return clock


async def test_keys_are_asked_for_once_and_again_after_five_minutes(
    identity: Any, clock: Clock
) -> None:
    auth = Auth(identity.public)
    keys = PublishedKeys(auth)
    for _ in range(10):
        assert await keys.find(identity.public["kid"])
    assert auth.asked == 1
    clock.now += 301
    assert await keys.find(identity.public["kid"])
    assert auth.asked == 2
    # A key that was taken back is not good any more.
    auth.published = ({**identity.public, "kid": "another"},)
    clock.now += 301
    assert await keys.find(identity.public["kid"]) is None


async def test_who_comes_at_once_waits_for_the_first_answer(identity: Any) -> None:
    class Slow(Auth):
        async def get(self, name: str, path: str, **given: Any) -> Any:
            await asyncio.sleep(0.01)
            return await super().get(name, path, **given)

    auth = Slow(identity.public)
    keys = PublishedKeys(auth)
    assert all(await asyncio.gather(*(keys.find(identity.public["kid"]) for _ in range(5))))
    assert auth.asked == 1


async def test_a_new_key_is_found_and_invented_ones_do_not_make_a_request_each(
    identity: Any, clock: Clock
) -> None:
    auth = Auth(identity.public)
    keys = PublishedKeys(auth)
    assert await keys.find(identity.public["kid"])
    for number in range(10):
        assert await keys.find(f"invented {number}") is None
    assert auth.asked == 1
    auth.published = (*auth.published, {**identity.public, "kid": "new"})
    clock.now += 1.1
    assert await keys.find("new")
    assert auth.asked == 2


async def test_while_auth_is_away_known_keys_stay_good(identity: Any, clock: Clock) -> None:
    auth = Auth(identity.public)
    keys = PublishedKeys(auth)
    assert await keys.find(identity.public["kid"])
    auth.is_away = True
    clock.now += 3600
    for _ in range(10):
        assert await keys.find(identity.public["kid"])
    assert auth.asked == 2
    assert await keys.find("unknown") is None


async def test_before_the_first_key_it_is_a_503(identity: Any, clock: Clock) -> None:
    auth = Auth(identity.public)
    auth.is_away = True
    keys = PublishedKeys(auth)
    for _ in range(3):
        with pytest.raises(Problem) as refused:
            await keys.find(identity.public["kid"])
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
    assert auth.asked == 1
    auth.is_away = False
    clock.now += 1.1
    assert await keys.find(identity.public["kid"])


@pytest.mark.parametrize("nonsense", ["text", {"keys": []}, {"keys": [1]}, {"keys": 1}, {"x": 1}])
async def test_an_answer_that_is_none_changes_nothing(
    identity: Any, clock: Clock, nonsense: object
) -> None:
    auth = Auth(identity.public)
    keys = PublishedKeys(auth)
    assert await keys.find(identity.public["kid"])
    auth.nonsense = nonsense
    clock.now += 301
    assert await keys.find(identity.public["kid"])
    assert auth.asked == 2
