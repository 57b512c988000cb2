"""The public keys that `auth` publishes, as the other services know them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import jwt

from reference import logs
from reference.dependencies import Dependencies
from reference.dependency_errors import DependencyError
from reference.problems import Problem

if TYPE_CHECKING:
    from jwt import PyJWK

PATH = "/.well-known/jwks.json"
# Tokens of a key that was taken back are refused so long after at the latest.
_REFRESH_SECONDS = 300.0
# Tokens with key ids of somebody's invention must not make a request to `auth` each.
_PAUSE_SECONDS = 1.0
# While `auth` is away the keys that are known stay good, and few requests wait for it in vain.
_RETRY_SECONDS = 30.0


class PublishedKeys:
    """Fetched when first needed, when a key id is not known, and every five minutes."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._keys: dict[str, PyJWK] = {}
        self._fetched = self._tried = -_REFRESH_SECONDS
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> PyJWK | None:
        """The key of this id. Raises Problem (503): none was ever had from `auth`."""
        # Who comes while they are being fetched for the first time waits for them too.
        if self._is_due(key_id) or (key_id not in self._keys and self._lock.locked()):
            async with self._lock:
                if self._is_due(key_id):
                    self._tried = time.monotonic()
                    await self._fetch()
        if not self._keys:
            detail = "Tokens can't be checked, as auth can't be reached. Try again."
            raise Problem(503, detail, {"Retry-After": "1"})
        return self._keys.get(key_id)

    def _is_due(self, key_id: str) -> bool:
        now = time.monotonic()
        if key_id not in self._keys:
            return now - self._tried > _PAUSE_SECONDS
        return now - self._fetched > _REFRESH_SECONDS and now - self._tried > _RETRY_SECONDS

    async def _fetch(self) -> None:
        try:
            answer = await self._dependencies.get("auth", PATH)
            published = jwt.PyJWKSet.from_dict(answer)
        # The last three: it is not JSON, or not of this shape.
        except (DependencyError, jwt.PyJWTError, ValueError, TypeError, AttributeError) as e:
            logs.event("keys not fetched", logging.WARNING, error=f"{type(e).__name__}: {e}"[:300])
            return
        self._keys = {key.key_id: key for key in published.keys if key.key_id}
        self._fetched = time.monotonic()
