"""Sign-ins that go on: refresh tokens, each good for one use.

A sign-in keeps only the hash of its newest token. Whoever brings an older one holds a copy, or
the user's app does and somebody else was faster: in both cases the sign-in ends (RFC 9700, 4.14).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from reference.database import Database
from reference.documents import Documents, as_json

if TYPE_CHECKING:
    from reference.values import Record


class SignIn(Struct, frozen=True):
    """A sign-in as the database has it. began: in seconds since 1970. token: a SHA-256."""

    user: str
    began: int
    token: str


@dataclass(frozen=True, slots=True)
class Continued:
    """A sign-in that goes on, with its next token."""

    user: str
    began: int
    token: str


class ReusedError(Exception):
    """A token came a second time, so the sign-in was ended.

    user: whose sign-in it was.
    """

    def __init__(self, user: str) -> None:
        super().__init__(user)
        self.user = user


class SignIns:
    """The sign-ins. Methods raise StoreUnavailableError. seconds: how long one goes on."""

    def __init__(self, database: Database, seconds: int) -> None:
        self._database = database
        self._documents = Documents(database, "sign-in", SignIn)
        self._seconds = seconds

    async def begin(self, user: str, password: str) -> Continued | None:
        """A new sign-in of this user; None: the hash of their password is another by now.

        password: the hash that was checked. To check takes long enough for the password to be
        changed, or the user erased, in the meantime.
        """
        sign_in_id = uuid.uuid4()
        secret = secrets.token_urlsafe(32)
        began = int(time.time())
        sign_in = SignIn(user, began, _hash(secret))
        # Waits for who changes the user, and they for this: who ends all sign-ins after a change
        # finds those that began before it.
        query = """
            INSERT INTO documents (id, kind, owner, data)
            SELECT $1, 'sign-in', owner, $4 FROM documents
            WHERE kind = 'user' AND id = $2 AND data ->> 'password' = $3
            FOR SHARE
            RETURNING id
        """
        values = (sign_in_id, UUID(user), password, as_json(sign_in))
        async with self._database.connection("begin a sign-in") as connection:
            row = await connection.fetchrow(query, *values)
        return None if row is None else Continued(user, began, f"{sign_in_id}.{secret}")

    async def go_on(self, token: str) -> Continued | None:
        """The sign-in of this token, which is now used up; None: there is none, or no more.

        Raises ReusedError.
        """
        record, secret = await self._find(token)
        if record is None:
            return None
        kept = record.data
        if kept.began + self._seconds <= time.time():
            await self._documents.remove(record.id)
            return None
        following = secrets.token_urlsafe(32)
        changed = None
        if hmac.compare_digest(kept.token, _hash(secret)):
            changed = await self._documents.change(
                record, SignIn(kept.user, kept.began, _hash(following))
            )
        if changed is None:
            await self._documents.remove(record.id)
            raise ReusedError(kept.user)
        return Continued(kept.user, kept.began, f"{record.id}.{following}")

    async def end(self, token: str) -> str | None:
        """End the sign-in of this token; whose it was."""
        record, secret = await self._find(token)
        if record is None or not hmac.compare_digest(record.data.token, _hash(secret)):
            return None
        await self._documents.remove(record.id)
        return record.data.user

    async def end_all(self, user: str) -> int:
        """End all sign-ins of a user; how many there were."""
        return await self._documents.erase(user)

    async def remove_ended(self) -> None:
        """Remove those that nobody went on with until their end."""
        query = (
            "DELETE FROM documents WHERE kind = 'sign-in'"
            " AND created_at < now() - make_interval(secs => $1)"
        )
        async with self._database.connection("remove ended sign-ins") as connection:
            await connection.execute(query, float(self._seconds))

    async def _find(self, token: str) -> tuple[Record[SignIn] | None, str]:
        sign_in_id, _, secret = token.partition(".")
        try:
            return await self._documents.get(UUID(sign_in_id)), secret
        except ValueError:
            return None, secret


def _hash(secret: str) -> str:
    # A random secret of 256 bits needs no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
