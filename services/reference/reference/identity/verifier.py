"""Checks the tokens that requests bring, by the keys that `auth` publishes.

As the current practice for JSON Web Tokens asks (RFC 8725), nothing of what a token says of
itself chooses how it is checked: RS256 only, so that neither `none` nor a public key taken for an
HMAC secret passes; keys by their id only, never from the token or from where it points to; and
access tokens only (RFC 9068), so that one that was made for another use is not taken for one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import jwt

from reference.identity.principal import Kind, Principal
from reference.problems import Problem

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHM = "RS256"
ACCESS_TOKEN = "at+jwt"  # noqa: S105 - a token's type
LEEWAY_SECONDS = 5
# Four times as long as those that `auth` makes.
MAX_LENGTH = 4096
_HEADER = {"alg", "kid", "typ"}
_CLAIMS = ["exp", "iat", "iss", "aud", "sub", "kind"]
_MAX_ID_LENGTH = 128

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
            raise unauthorized("Send 'Authorization: Bearer <token>'.", "invalid_request")
        if len(token) > MAX_LENGTH:
            raise _bad("The token is too long to be one.")
        try:
            key = await self._find_key(_key_id(token))
            if key is None:
                raise _bad("The token's key is not known.")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": _CLAIMS},
            )
            return _principal(claims)
        except (jwt.PyJWTError, ValueError) as e:
            raise _bad(f"The token is not good ({type(e).__name__}).") from e


def unauthorized(detail: str, error: str | None = None) -> Problem:
    """The answer to a missing or bad token. error: the word that RFC 6750 has for it."""
    challenge = 'Bearer realm="fieldday"' + (f', error="{error}"' if error else "")
    return Problem(401, detail, {"WWW-Authenticate": challenge})


def _bad(detail: str) -> Problem:
    return unauthorized(f"{detail} Sign in again.", "invalid_token")


def _key_id(token: str) -> str:
    header = jwt.get_unverified_header(token)
    if set(header) != _HEADER or header["alg"] != ALGORITHM or header["typ"] != ACCESS_TOKEN:
        msg = "not the header of an access token"
        raise jwt.InvalidTokenError(msg)
    key_id = header["kid"]
    if not isinstance(key_id, str) or not 1 <= len(key_id) <= _MAX_ID_LENGTH:
        msg = "not a key's id"
        raise jwt.InvalidTokenError(msg)
    return key_id


def _principal(claims: dict[str, Any]) -> Principal:
    kind = Kind(claims["kind"])
    # Who is not said to be of age is taken for a minor.
    return Principal(str(claims["sub"]), kind, kind is not Kind.USER or claims.get("adult") is True)
