"""The keys that sign tokens: made by `auth`, sealed in its database, shared by its replicas.

    created ---- lead ----> signs ---- until the next one signs ----> published only ----> removed
            published: others learn the key before a token of it comes       its last tokens expire

Which key signs follows from the records and the time alone, so replicas need not talk to agree.
That no two of them make the same key is the unique index of the records.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import PyJWK
from jwt.algorithms import RSAAlgorithm
from msgspec import Struct

from reference import logs
from reference.database import Database, StoreUnavailableError
from reference.documents import Documents, TakenError
from reference.identity.seal import Seal
from reference.identity.verifier import ALGORITHM

if TYPE_CHECKING:
    from reference.values import Record

BITS = 2048
# A token that was made just before its key stopped signing, by a replica whose clock is behind.
_SLACK = timedelta(seconds=60)
# How long a replica may know less than the database does. Less than any lead.
_FRESH_SECONDS = 2.0
_MOST = 100


class KeptKey(Struct, frozen=True):
    """A key as the database has it.

    seal: which secret it is sealed with. public: a JWK (RFC 7517). private: PKCS #8, sealed.
    lead_seconds: how long it is published before it signs.
    """

    seal: str
    number: int
    key_id: str
    public: dict[str, str]
    private: str
    lead_seconds: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a key begins and ends.

    age: how long the newest one signs until the next is made. lead: how long that is published
    before it signs. token: how long a token lives.
    """

    age: timedelta
    lead: timedelta
    token: timedelta

    def signing(self, keys: Sequence[Record[KeptKey]], now: datetime) -> Record[KeptKey] | None:
        """The key that signs now: the newest that has begun."""
        begun = [key for key in keys if _begins(key) <= now]
        return max(begun, key=lambda key: key.data.number, default=None)

    def is_due(self, keys: Sequence[Record[KeptKey]], now: datetime) -> bool:
        """Whether a new key is to be made."""
        return all(now - _begins(key) >= self.age for key in keys)

    def published(self, keys: Iterable[Record[KeptKey]], now: datetime) -> list[Record[KeptKey]]:
        """The keys whose tokens may still be good, or will come."""
        listed = list(keys)
        return [key for key in listed if now < self._ends(key, listed)]

    def _ends(self, key: Record[KeptKey], keys: Iterable[Record[KeptKey]]) -> datetime:
        # A replica with this key's secret would have made the next one by then.
        ends = [_begins(key) + self.age + self.lead]
        # One with another secret cannot use the newer ones of this, and the other way round.
        ends += [
            _begins(other)
            for other in keys
            if other.data.seal == key.data.seal and other.data.number > key.data.number
        ]
        return min(ends) + self.token + _SLACK


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that can sign."""

    key_id: str
    private: rsa.RSAPrivateKey


class SigningKeys:
    """The keys of one `auth`. Methods raise StoreUnavailableError where nothing is known yet."""

    def __init__(self, database: Database, seal: Seal, schedule: Schedule) -> None:
        self._documents = Documents(database, "signing-key", KeptKey)
        self._seal = seal
        self._schedule = schedule
        self._records: list[Record[KeptKey]] = []
        self._loaded = -_FRESH_SECONDS
        self._opened: dict[str, SigningKey] = {}
        self._lock = asyncio.Lock()

    async def published(self) -> list[dict[str, str]]:
        """The public keys, as JWKs."""
        return [record.data.public for record in await self._published()]

    async def find(self, key_id: str) -> PyJWK | None:
        """The public key of this id."""
        for record in await self._published():
            if record.data.key_id == key_id:
                return PyJWK(record.data.public)
        return None

    async def signing(self) -> SigningKey:
        """The key that signs now. Makes one where there is none."""
        now = datetime.now(UTC)
        record = self._schedule.signing(await self._own(), now)
        if record is None:
            await self._make(lead_seconds=0)
            record = self._schedule.signing(await self._own(), datetime.now(UTC))
        if record is None:
            # Another replica has just made it, and its clock is ahead.
            raise StoreUnavailableError
        return await self._open(record.data)

    async def keep(self) -> None:
        """Make the next key when it is time, and remove those that have ended."""
        own = await self._own()
        if self._schedule.is_due(own, datetime.now(UTC)):
            await self._make(lead_seconds=int(self._schedule.lead.total_seconds()) if own else 0)
        published = {record.id for record in await self._published()}
        for record in self._records:
            if record.id not in published:
                await self._remove(record)

    async def rotate(self, *, compromised: bool = False) -> KeptKey:
        """Make the next key now; it signs after its lead.

        compromised: the new one signs at once, and all others are removed: every token that they
        signed is refused as soon as the other services have asked for the keys again.
        """
        lead = 0 if compromised else int(self._schedule.lead.total_seconds())
        made = await self._make(lead_seconds=lead)
        if compromised:
            for record in await self._load(0):
                if record.data.key_id != made.key_id:
                    await self._remove(record)
        return made

    async def _published(self) -> list[Record[KeptKey]]:
        records = await self._load()
        if not records:
            await self.signing()
            records = self._records
        return self._schedule.published(records, datetime.now(UTC))

    async def _own(self) -> list[Record[KeptKey]]:
        """Those that this secret opens."""
        return [key for key in await self._load() if key.data.seal == self._seal.name]

    async def _load(self, age_seconds: float = _FRESH_SECONDS) -> list[Record[KeptKey]]:
        async with self._lock:
            if time.monotonic() - self._loaded >= age_seconds:
                try:
                    self._records = await self._documents.newest(_MOST)
                    self._loaded = time.monotonic()
                except StoreUnavailableError:
                    # The keys that are known are good for hours.
                    if not self._records:
                        raise
        return self._records

    async def _make(self, *, lead_seconds: int) -> KeptKey:
        numbers = [record.data.number for record in await self._own()]
        number = max(numbers, default=0) + 1
        made = await asyncio.to_thread(_generate, self._seal, number, lead_seconds)
        try:
            await self._documents.add(made, key=f"{made.seal}:{number}")
        except TakenError:
            # Another replica was faster: its key is as good.
            records = await self._load(0)
            return next(
                record.data
                for record in records
                if record.data.seal == made.seal and record.data.number == number
            )
        await self._load(0)
        logs.event("signing key made", key_id=made.key_id, signs_in_seconds=lead_seconds)
        if not self._seal.is_lasting:
            logs.event(
                "signing key will not last",
                logging.WARNING,
                fix="Set KEY_ENCRYPTION_KEY, or each start makes a key of its own.",
            )
        return made

    async def _remove(self, record: Record[KeptKey]) -> None:
        if await self._documents.remove(record.id):
            logs.event("signing key removed", key_id=record.data.key_id)
        self._opened.pop(record.data.key_id, None)
        self._records = [other for other in self._records if other.id != record.id]

    async def _open(self, kept: KeptKey) -> SigningKey:
        if kept.key_id not in self._opened:
            self._opened[kept.key_id] = await asyncio.to_thread(_opened, self._seal, kept)
        return self._opened[kept.key_id]


def _begins(key: Record[KeptKey]) -> datetime:
    return key.created_at + timedelta(seconds=key.data.lead_seconds)


def _generate(seal: Seal, number: int, lead_seconds: int) -> KeptKey:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=BITS)
    encoded = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = jwk(private.public_key())
    return KeptKey(seal.name, number, public["kid"], public, seal.close(encoded), lead_seconds)


def jwk(public: rsa.RSAPublicKey) -> dict[str, str]:
    """The key as others read it; its id is its thumbprint (RFC 7638)."""
    numbers = RSAAlgorithm.to_jwk(public, as_dict=True)
    needed = {name: numbers[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(needed, separators=(",", ":"), sort_keys=True)
    return {
        **needed,
        "kid": hashlib.sha256(canonical.encode()).hexdigest()[:32],
        "use": "sig",
        "alg": ALGORITHM,
    }


def _opened(seal: Seal, kept: KeptKey) -> SigningKey:
    private = serialization.load_der_private_key(seal.open(kept.private), None)
    assert isinstance(private, rsa.RSAPrivateKey)  # noqa: S101 - for the type checker
    return SigningKey(kept.key_id, private)
