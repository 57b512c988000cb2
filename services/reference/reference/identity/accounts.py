"""The users: who they are, and the password by which they sign in."""

from __future__ import annotations

import contextlib
import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from reference.database import Database
from reference.documents import Documents, TakenError
from reference.identity import ages
from reference.identity.passwords import Passwords
from reference.identity.principal import Kind, Principal
from reference.problems import Problem
from reference.values import Input, Name, Record

if TYPE_CHECKING:
    from uuid import UUID

# Whether mail arrives there is for the first message to show; this keeps out what can't be right.
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s.]+(\.[^@\s.]+)+$(?!\n)")
]
# NIST SP 800-63B asks for length, not for kinds of characters.
NewPassword = Annotated[str, Meta(min_length=12, max_length=128)]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=128)]
_EARLIEST = date(1900, 1, 1)


class User(Struct, frozen=True):
    """A user as the database has them.

    guardian_email: of who answers for a user who signed up as a minor.
    """

    email: str
    name: str
    birth_date: date
    password: str
    guardian_email: str | None = None


class NewUser(Input, frozen=True):
    """Somebody who signs up."""

    email: Email
    name: Name
    birth_date: date
    password: NewPassword
    guardian_email: Email | None = None


class Accounts:
    """The users. Methods raise StoreUnavailableError."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._users = Documents(database, "user", User)
        self._passwords = passwords

    async def register(self, new: NewUser) -> Record[User]:
        """Keep a new user.

        Raises Problem: 403 too young, 409 the address is a user's, 422 a date that can't be or
        no guardian, 503 too many at once.
        """
        _check_age(new)
        user = User(
            email=new.email,
            name=new.name,
            birth_date=new.birth_date,
            password=await self._passwords.hashed(new.password),
            guardian_email=new.guardian_email,
        )
        user_id = uuid.uuid4()
        try:
            return await self._users.add(
                user, owner=str(user_id), key=_key(new.email), record_id=user_id
            )
        except TakenError as e:
            detail = "email: belongs to a user already. Sign in, or give another."
            raise Problem(409, detail) from e

    async def get(self, user_id: UUID) -> Record[User] | None:
        """The user of this id."""
        return await self._users.get(user_id)

    async def of_email(self, email: str) -> Record[User] | None:
        """The user of this address."""
        return await self._users.of_key(_key(email))

    async def has_password(self, user: Record[User] | None, password: str) -> bool:
        """Whether it is the user's password; takes as long for nobody, whose password none is.

        Raises Problem (503): too many at once.
        """
        return await self._passwords.match(password, user.data.password if user else None)

    async def renew_hash(self, user: Record[User], password: str) -> None:
        """Keep the password, which is the user's, at today's cost, where it was hashed at another.

        Ends no sign-in. What can't be done now, the next sign-in does.
        """
        if self._passwords.is_outdated(user.data.password):
            with contextlib.suppress(Problem):
                await self.set_password(user, password)

    async def set_password(self, user: Record[User], password: str) -> None:
        """Give the user another password. Raises Problem (503): too many at once."""
        hashed = await self._passwords.hashed(password)
        await self._change(user, password=hashed)

    async def rename(self, user: Record[User], name: str) -> Record[User]:
        """Give the user another name."""
        return await self._change(user, name=name)

    async def erase(self, user: str) -> int:
        """Remove the user; how many there were."""
        return await self._users.erase(user)

    async def _change(self, user: Record[User], **changes: str) -> Record[User]:
        fields = {name: getattr(user.data, name) for name in User.__struct_fields__}
        changed = await self._users.change(user, User(**{**fields, **changes}))
        if changed is None:
            raise Problem(409, "The user was changed at the same moment. Try again.")
        return changed


def principal(user: Record[User]) -> Principal:
    """The user as a caller, of age or not as of today."""
    adult = ages.is_adult(user.data.birth_date, _today())
    return Principal(str(user.id), Kind.USER, adult)


def _check_age(new: NewUser) -> None:
    today = _today()
    if not _EARLIEST <= new.birth_date <= today:
        raise Problem(422, "birth_date: can't be. Give the day of birth, such as 1990-05-17.")
    years = ages.age(new.birth_date, today)
    if years < ages.YOUNGEST:
        detail = f"FieldDay is for people of {ages.YOUNGEST} years and more. Nothing was kept."
        raise Problem(403, detail)
    guardian = new.guardian_email
    if years < ages.ADULT and (guardian is None or _key(guardian) == _key(new.email)):
        detail = f"guardian_email: is needed below {ages.ADULT} years. Give a guardian's address."
        raise Problem(422, detail)


def _key(email: str) -> str:
    return email.casefold()


def _today() -> date:
    return datetime.now(UTC).date()
