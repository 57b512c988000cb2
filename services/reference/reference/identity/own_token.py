"""The service's own token, by which it calls others for itself (OAuth 2.0 client credentials).

https://www.rfc-editor.org/rfc/rfc6749#section-4.4
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

from reference.dependency_errors import DependencyError

if TYPE_CHECKING:
    from reference.dependencies import Dependencies

PATH = "/v1/token"
# So long before its end a token is not used any more: clocks differ, and calls take time.
_MARGIN_SECONDS = 60


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: int


class OwnToken:
    """Fetched at `auth` when first needed, and again shortly before it ends."""

    def __init__(self, dependencies: Dependencies, client: str, secret: str | None) -> None:
        self._dependencies = dependencies
        self._client = client
        self._secret = secret
        self._token = ""
        self._ends = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """A token that is good for a while. Raises DependencyError."""
        async with self._lock:
            if time.monotonic() >= self._ends:
                await self._fetch()
            return self._token

    def forget(self) -> None:
        """Fetch another next time, as this one was refused."""
        self._ends = 0.0

    async def _fetch(self) -> None:
        if self._secret is None:
            msg = f"{self._client} has no secret to sign in by. Set CLIENT_SECRET"
            raise DependencyError("auth", msg)
        grant = {
            "grant_type": "client_credentials",
            "client_id": self._client,
            "client_secret": self._secret,
        }
        headers = {
            "Content-Type": "application/json",
            # Signing in twice does no harm, so it may be tried again.
            "Idempotency-Key": "sign-in",
        }
        content = msgspec.json.encode(grant)
        answer = await self._dependencies.call(
            "auth", "POST", PATH, content=content, headers=headers
        )
        try:
            granted = msgspec.json.decode(answer.content, type=_Granted)
        except msgspec.MsgspecError as e:
            raise DependencyError("auth", "gave no token") from e
        self._token = granted.access_token
        margin = min(_MARGIN_SECONDS, granted.expires_in / 2)
        self._ends = time.monotonic() + granted.expires_in - margin
