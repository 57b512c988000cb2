"""Passwords: kept as scrypt hashes, checked in threads so that other requests go on."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reference.problems import Problem

_FORMAT = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs: 128 * 2**log_n * r bytes of memory, and time by p."""

    log_n: int
    r: int
    p: int


# 8 MiB, a fifth of a second: of OWASP's equal choices the one that a small process can afford.
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
OWASP = Cost(log_n=13, r=8, p=10)


class Passwords:
    """Hashes and checks passwords.

    workers: how many at once; each takes the cost's memory. waiting: how many more may wait,
    before callers are told to come back.
    """

    def __init__(self, cost: Cost = OWASP, workers: int = 1, waiting: int = 20) -> None:
        self._cost = cost
        self._pool = ThreadPoolExecutor(workers, "passwords")
        self._places = workers + waiting
        # Checked where there is no such user, so that both cases take the same time.
        self._nobodys = _encoded(cost, secrets.token_bytes(16), secrets.token_bytes(32))

    async def hashed(self, password: str) -> str:
        """The hash to keep. Raises Problem (503): too many at once."""
        salt = secrets.token_bytes(16)
        return _encoded(self._cost, salt, await self._in_thread(password, salt, self._cost))

    async def match(self, password: str, kept: str | None) -> bool:
        """Whether it is the password of the kept hash. None takes as long, and never matches.

        Raises Problem (503): too many at once.
        """
        cost, salt, right = _decoded(kept or self._nobodys)
        found = await self._in_thread(password, salt, cost)
        return hmac.compare_digest(found, right) and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost than is right today."""
        return _decoded(kept)[0] != self._cost

    async def _in_thread(self, password: str, salt: bytes, cost: Cost) -> bytes:
        if not self._places:
            detail = "Too many are signing in at this moment. Try again."
            raise Problem(503, detail, {"Retry-After": "2"})
        self._places -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, _scrypt, password, salt, cost)
        finally:
            self._places += 1


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    n = 2**cost.log_n
    # Some more than it takes, as OpenSSL counts its own needs too.
    limit = 256 * n * cost.r
    return hashlib.scrypt(
        # The same password from keyboards that compose an accent and from those that don't.
        unicodedata.normalize("NFKC", password).encode(),
        salt=salt,
        n=n,
        r=cost.r,
        p=cost.p,
        maxmem=limit,
        dklen=32,
    )


def _encoded(cost: Cost, salt: bytes, digest: bytes) -> str:
    texts = [base64.b64encode(part).decode().rstrip("=") for part in (salt, digest)]
    return f"$scrypt$ln={cost.log_n},r={cost.r},p={cost.p}${texts[0]}${texts[1]}"


def _decoded(kept: str) -> tuple[Cost, bytes, bytes]:
    matched = _FORMAT.fullmatch(kept)
    if matched is None:
        msg = "a password's hash in the database is not of the form $scrypt$ln=,r=,p=$salt$hash"
        raise ValueError(msg)
    log_n, r, p, salt, digest = matched.groups()
    # Padding that is too much does no harm.
    return Cost(int(log_n), int(r), int(p)), *(  # type: ignore[return-value]
        base64.b64decode(text + "==") for text in (salt, digest)
    )
