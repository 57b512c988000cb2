"""The tokens that `auth` gives out."""

from __future__ import annotations

import time
import uuid

import jwt

from reference.identity.keys import SigningKeys
from reference.identity.principal import Kind, Principal
from reference.identity.verifier import ACCESS_TOKEN, ALGORITHM


class Issuer:
    """Signs tokens. Methods raise StoreUnavailableError where no key can be had.

    issuer, audience: what the tokens say of themselves. seconds: how long they live.
    """

    def __init__(self, keys: SigningKeys, issuer: str, audience: str, seconds: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self.seconds = seconds

    @property
    def client(self) -> str:
        """For whom the tokens are that say who signed in: FieldDay's own app."""
        return f"{self._audience}-app"

    async def access_token(self, principal: Principal) -> str:
        """A token by which services know this caller (RFC 9068)."""
        claims: dict[str, object] = {
            "aud": self._audience,
            "sub": principal.id,
            "kind": principal.kind.value,
            "client_id": self.client if principal.kind is Kind.USER else principal.id,
            "jti": uuid.uuid4().hex,
        }
        if principal.kind is Kind.USER:
            claims["adult"] = principal.adult
        return await self._signed(claims, ACCESS_TOKEN)

    async def id_token(self, user: str, name: str, email: str, signed_in: int) -> str:
        """A token by which the app knows who signed in, and no service does (OpenID Connect).

        signed_in: when the password was given, in seconds since 1970.
        """
        claims = {"aud": self.client, "sub": user, "name": name, "email": email}
        return await self._signed({**claims, "auth_time": signed_in}, "JWT")

    async def _signed(self, claims: dict[str, object], kind: str) -> str:
        key = await self._keys.signing()
        now = int(time.time())
        timed = {"iss": self._issuer, "iat": now, "exp": now + self.seconds, **claims}
        headers = {"kid": key.key_id, "typ": kind}
        return jwt.encode(timed, key.private, ALGORITHM, headers=headers)
