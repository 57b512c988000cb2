"""The public keys that `auth` publishes, as the other services know them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import jwt

from reference import logs
from reference.dependencies import Dependencies, DependencyError
from reference.problems import Problem

if TYPE_CHECKING:
    from jwt import PyJWK

PATH = "/.well-known/jwks.json"
# Tokens of a key that was taken back are refused so long after at the latest.
_REFRESH_SECONDS = 300.0
# A token with a key id of somebody's invention must not make a request to `auth` each time.
_PAUSE_SECONDS = 5.0


class PublishedKeys:
    """Fetched when first needed, when a key id is not known, and every five minutes."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._keys: dict[str, PyJWK] = {}
        self._fetched = -_REFRESH_SECONDS
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> PyJWK | None:
        """The key of this id. Raises Problem (503): none was ever had from `auth`."""
        if key_id not in self._keys or self._age > _REFRESH_SECONDS:
            async with self._lock:
                if self._age > (_REFRESH_SECONDS if key_id in self._keys else _PAUSE_SECONDS):
                    await self._fetch()
        return self._keys.get(key_id)

    @property
    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def _fetch(self) -> None:
        try:
            answer = await self._dependencies.get("auth", PATH)
            published = jwt.PyJWKSet.from_dict(answer)
        except (DependencyError, jwt.PyJWTError) as e:
            logs.event("keys not fetched", logging.WARNING, error=f"{type(e).__name__}: {e}"[:300])
            if not self._keys:
                detail = "Tokens can't be checked, as auth can't be reached. Try again."
                raise Problem(503, detail, {"Retry-After": "1"}) from e
            self._fetched = time.monotonic() - _REFRESH_SECONDS + _PAUSE_SECONDS
            return
        self._keys = {key.key_id: key for key in published.keys if key.key_id}
        self._fetched = time.monotonic()
