"""Checks the tokens that requests bring, by the keys that `auth` publishes.

RS256 only, so that neither `none` nor a public key taken for an HMAC secret passes:
RFC 8725, https://www.rfc-editor.org/rfc/rfc8725#section-3.1
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import jwt

from reference.identity.principal import Kind, Principal
from reference.problems import Problem

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHM = "RS256"
LEEWAY_SECONDS = 5
_CLAIMS = ["exp", "iat", "iss", "aud", "sub", "kind"]

FindKey = Callable[[str], Awaitable["PyJWK | None"]]


class Verifier:
    """Tells the caller of a request.

    find_key: the public key of a key id, or None where there is none; may raise Problem (503)
    when keys cannot be had.
    """

    def __init__(self, issuer: str, audience: str, find_key: FindKey) -> None:
        self._issuer = issuer
        self._audience = audience
        self._find_key = find_key

    async def caller(self, authorization: str) -> Principal:
        """Who sent this `Authorization` header. Raises Problem (401)."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("Send 'Authorization: Bearer <token>'.")
        try:
            key_id = jwt.get_unverified_header(token).get("kid", "")
            key = await self._find_key(key_id)
            if key is None:
                raise unauthorized("The token's key is not known. Sign in again.")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": _CLAIMS},
            )
            kind = Kind(claims["kind"])
            return Principal(str(claims["sub"]), kind, bool(claims.get("adult", False)))
        except (jwt.PyJWTError, ValueError) as e:
            raise unauthorized(f"The token is not good ({type(e).__name__}). Sign in again.") from e


def unauthorized(detail: str) -> Problem:
    """The answer to a missing or bad token (RFC 6750)."""
    return Problem(401, detail, {"WWW-Authenticate": 'Bearer realm="fieldday"'})
