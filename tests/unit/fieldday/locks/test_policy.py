"""The rules of locks, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldday.locks.policy import Claim, Held, LockedError, LostError, age

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
MINE, THEIRS = Claim("api", "run-1", "ann", "why"), Claim("api", "run-2", "ben", "else")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_what_is_free_is_acquired() -> None:
    held = MINE.acquire(None, NOW, 60)
    assert held == Held("run-1", NOW, NOW, 60, "ann", "why", turns=1)
    released = replace(held, holder="")
    assert THEIRS.acquire(released, later(1), 60).turns == 2


def test_its_holder_renews_it_by_acquiring_it_again() -> None:
    held = MINE.acquire(None, NOW, 60)
    again = MINE.acquire(held, later(30), 90)
    assert again == replace(held, renewed=later(30), seconds=90)
    assert again.since == NOW


@pytest.mark.parametrize(("seconds", "free"), [(0, False), (59.9, False), (60, True), (999, True)])
def test_it_is_taken_over_once_it_expired(seconds: float, free: bool) -> None:
    held = MINE.acquire(None, NOW, 60)
    if free:
        assert THEIRS.acquire(held, later(seconds), 60).holder == "run-2"
    else:
        with pytest.raises(LockedError, match="api: run 'run-1' of ann holds the lock until 08:01"):
            THEIRS.acquire(held, later(seconds), 60)


def test_one_without_an_end_is_never_taken_over() -> None:
    held = MINE.acquire(None, NOW)
    said = r"run 'run-1' of ann holds the lock since 08:00:00 UTC \(2777 h; 'why'\)"
    with pytest.raises(LockedError, match=said):
        THEIRS.acquire(held, later(1e7))
    # Nothing is to be written.
    assert MINE.acquire(held, later(1e7)) == held


@pytest.mark.parametrize(("seconds", "delay"), [(0, 60), (50, 11), (59, 2)])
def test_the_next_try_is_when_it_expires_or_in_a_minute(seconds: float, delay: float) -> None:
    held = MINE.acquire(None, NOW, 60)
    with pytest.raises(LockedError) as caught:
        THEIRS.acquire(held, later(seconds), 60)
    assert caught.value.delay == delay


def test_only_its_holder_renews_it() -> None:
    held = MINE.acquire(None, NOW, 60)
    # Nobody took it over.
    assert MINE.renew(held, later(100), 60).renewed == later(100)
    for lost in (THEIRS.acquire(held, later(100), 60), replace(held, holder=""), None):
        with pytest.raises(LostError, match="api: its lock was lost"):
            MINE.renew(lost, later(101), 60)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h")],
)
def test_an_age_is_for_people(seconds: int, said: str) -> None:
    assert age(NOW, later(seconds)) == said
