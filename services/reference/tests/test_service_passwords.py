"""Passwords, ages and clients: what it takes to be somebody."""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.identity import ages
from reference.identity.clients import Clients
from reference.identity.passwords import Cost, Passwords
from reference.identity.principal import Kind, Principal
from reference.problems import Problem

CHEAP = Cost(log_n=4, r=8, p=1)
# RFC 7914, section 12, the third vector: its first 32 bytes, as a hash is kept here.
VECTOR = (
    "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
    "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"  # pragma: allowlist secret
)
# The hash fills a password up with NULs, which no request can hold.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=130)


async def test_a_hash_of_the_standards_own_matches() -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.match("pleaseletmein", VECTOR)
    assert not await passwords.match("pleaseletmeout", VECTOR)


async def test_the_cost_is_one_of_owasps() -> None:
    assert (await Passwords().hashed("x")).startswith("$scrypt$ln=13,r=8,p=10$")


@given(TEXT, TEXT)
async def test_only_the_same_password_matches(one: str, other: str) -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hashed(one)
    assert await passwords.match(one, kept)
    assert await passwords.match(other, kept) == (_plain(one) == _plain(other))
    assert not await passwords.match(one, None)
    assert kept != await passwords.hashed(one)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


async def test_an_accent_may_be_typed_either_way() -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.match("caf\u00e9", await passwords.hashed("cafe\u0301"))


async def test_a_hash_of_another_cost_still_matches_and_is_outdated() -> None:
    kept = await Passwords(Cost(log_n=5, r=8, p=2)).hashed("correct horse")
    passwords = Passwords(CHEAP)
    assert await passwords.match("correct horse", kept)
    assert passwords.is_outdated(kept)
    assert not passwords.is_outdated(await passwords.hashed("correct horse"))
    assert kept.startswith("$scrypt$ln=5,r=8,p=2$")


async def test_nobodys_password_takes_as_long_as_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hashed("correct horse")
    work: list[dict[str, int]] = []
    scrypt = hashlib.scrypt

    def counted(password: bytes, *, salt: bytes, **cost: int) -> bytes:
        work.append({"password": len(password), "salt": len(salt), **cost})
        return scrypt(password, salt=salt, **cost)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    for which in (kept, None):
        assert not await passwords.match("wrong", which)
    wrong, nobody = work
    assert wrong == nobody


async def test_nobody_has_a_password_not_even_the_one_that_is_checked() -> None:
    passwords = Passwords(CHEAP)
    passwords._nobodys = await passwords.hashed("correct horse")
    assert not await passwords.match("correct horse", None)


async def test_too_many_at_once_are_told_to_come_back() -> None:
    passwords = Passwords(Cost(log_n=12, r=8, p=1), workers=1, waiting=2)
    outcomes = await asyncio.gather(
        *(passwords.hashed("correct horse") for _ in range(5)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert [problem.status for problem in refused] == [503, 503]
    assert refused[0].headers["Retry-After"]
    assert await passwords.hashed("there is room again")


async def test_other_work_goes_on_while_passwords_are_checked() -> None:
    passwords = Passwords(Cost(log_n=14, r=8, p=2), workers=1)
    checked = asyncio.create_task(passwords.hashed("correct horse"))
    turns = 0
    while not checked.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 130))
def test_one_is_a_year_older_on_the_birthday_and_not_the_day_before(born: date, years: int) -> None:
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:  # born on 29 February, and this year has none
        birthday = date(born.year + years, 3, 1)
    assert ages.age(born, birthday) == years
    assert ages.age(born, birthday - timedelta(days=1)) == years - 1
    assert ages.is_adult(born, birthday) == (years >= 18)


def test_a_client_is_known_by_its_secret() -> None:
    digests = {
        name: hashlib.sha256(f"{name} secret".encode()).hexdigest()
        for name in ("api", "operations")
    }
    clients = Clients(digests)
    assert clients.sign_in("api", "api secret") == Principal("api", Kind.SERVICE)
    assert clients.sign_in("operations", "operations secret") == Principal(
        "operations", Kind.OPERATOR
    )
    assert clients.sign_in("api", "operations secret") is None
    assert clients.sign_in("nobody", "api secret") is None
    assert clients.sign_in("nobody", "") is None


@pytest.mark.parametrize("kept", ["plain", "$scrypt$ln=14,r=8,p=5$", "$2b$12$abc"])
async def test_what_is_no_hash_is_an_error_and_no_match(kept: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        await Passwords(CHEAP).match("x", kept)
