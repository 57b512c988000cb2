"""Signing keys: when each is published and signs, and how they are sealed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.identity.keys import KeptKey, Schedule
from reference.identity.seal import Seal, SealError
from reference.values import Record

START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULE = Schedule(age=timedelta(days=30), lead=timedelta(minutes=10), token=timedelta(minutes=10))
Keys = list[Record[KeptKey]]


def _key(number: int, created: datetime, lead: timedelta, seal: str = "seal") -> Record[KeptKey]:
    kept = KeptKey(seal, number, f"{seal} {number}", {}, "", int(lead.total_seconds()))
    return Record(uuid.uuid4(), None, created, kept)


def _ids(keys: Keys) -> set[str]:
    return {key.data.key_id for key in keys}


_STEPS = st.lists(
    st.tuples(st.integers(1, 100_000), st.sampled_from(["keep", "keep", "keep", "rotate"])),
    min_size=1,
    max_size=60,
)


@given(_STEPS)
def test_every_token_can_be_checked_as_long_as_it_lives(steps: list[tuple[int, str]]) -> None:
    now = START
    keys = [_key(1, now, timedelta(0))]
    alive: list[tuple[datetime, str]] = []
    for seconds, step in steps:
        now += timedelta(seconds=seconds)
        if step == "rotate" or SCHEDULE.is_due(keys, now):
            keys = [*keys, _key(max(k.data.number for k in keys) + 1, now, SCHEDULE.lead)]
        signing = SCHEDULE.signing(keys, now)
        assert signing is not None
        keys = SCHEDULE.published(keys, now)
        alive = [(end, key_id) for end, key_id in alive if end >= now]
        alive.append((now + SCHEDULE.token, signing.data.key_id))
        assert {key_id for _, key_id in alive} <= _ids(keys)


@given(st.integers(0, 4000))
def test_a_key_is_published_before_it_signs(seconds: int) -> None:
    made = START + timedelta(days=30)
    keys = [_key(1, START, timedelta(0)), _key(2, made, SCHEDULE.lead)]
    now = made + timedelta(seconds=seconds)
    signing = SCHEDULE.signing(keys, now)
    assert signing is not None
    assert signing.data.number == (2 if seconds >= 600 else 1)
    # The old one is there until its last token has expired, and a minute more.
    assert _ids(SCHEDULE.published(keys, now)) == (
        {"seal 1", "seal 2"} if seconds < 600 + 600 + 60 else {"seal 2"}
    )


def test_a_new_key_is_due_when_the_newest_is_old() -> None:
    assert SCHEDULE.is_due([], START)
    keys = [_key(1, START, timedelta(0))]
    assert not SCHEDULE.is_due(keys, START + timedelta(days=29, hours=23))
    assert SCHEDULE.is_due(keys, START + timedelta(days=30))
    following = _key(2, START + timedelta(days=30), SCHEDULE.lead)
    assert not SCHEDULE.is_due([*keys, following], START + timedelta(days=30))


def test_a_key_of_another_seal_ends_by_its_age_alone() -> None:
    """Replicas that get a new KEY_ENCRYPTION_KEY one after the other leave each other's alone."""
    old = _key(1, START, timedelta(0), "old")
    new = _key(2, START + timedelta(days=1), timedelta(0), "new")
    published = SCHEDULE.published([old, new], START + timedelta(days=2))
    assert _ids(published) == {"old 1", "new 2"}
    published = SCHEDULE.published([old, new], START + timedelta(days=30, minutes=22))
    assert _ids(published) == {"new 2"}


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_with_the_same_secret(content: bytes) -> None:
    assert _ONE.open(_OTHER.close(content)) == content
    assert content.hex() not in _ONE.close(content) or len(content) < 4


_ONE = Seal("a secret for tests", "https://auth.example")
_OTHER = Seal("a secret for tests", "https://auth.example")


@pytest.mark.parametrize(
    "other",
    [
        Seal("another secret", "https://auth.example"),
        Seal("a secret for tests", "https://auth.staging.example"),
        Seal(None, "https://auth.example"),
    ],
    ids=["secret", "environment", "random"],
)
def test_another_seal_does_not_open(other: Seal) -> None:
    with pytest.raises(SealError, match="another KEY_ENCRYPTION_KEY"):
        other.open(_ONE.close(b"x"))
    assert other.name != _ONE.name


def test_a_changed_seal_does_not_open() -> None:
    sealed = _ONE.close(b"x")
    with pytest.raises(SealError):
        _ONE.open(sealed[:-2] + ("A=" if sealed[-2] != "A" else "B="))


def test_a_seal_says_whether_it_lasts() -> None:
    assert _ONE.is_lasting
    assert not Seal(None, "https://auth.example").is_lasting
    assert _ONE.name == _OTHER.name
