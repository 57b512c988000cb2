"""Who is who: users, the tokens by which services know a caller, and the keys that sign them.

Paths and words are those of OAuth 2.0 (RFC 6749) and OpenID Connect, so that kept libraries can
be pointed at it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from reference import erasure
from reference.cached import read_through
from reference.erasure import Erased
from reference.identity import accounts, grants, jwks
from reference.identity.accounts import GivenPassword, NewPassword, NewUser, User
from reference.identity.authority import Authority
from reference.identity.grants import ClientGrant, PasswordGrant, RefreshGrant, Token, Tokens
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Name, Record

operations = Operations()


class Profile(Struct, frozen=True):
    """What others may know of a user."""

    id: UUID
    name: str
    created_at: datetime


class Me(Struct, frozen=True):
    """What a user sees of themselves; names as in OpenID Connect."""

    sub: str
    name: str
    email: str
    birthdate: date
    adult: bool


class Revocation(Struct, frozen=True):
    """A refresh token to end the sign-in of."""

    token: Token


class NewName(Input, frozen=True):
    """What a user may change about themselves."""

    name: Name


class PasswordChange(Input, frozen=True):
    """Another password."""

    current: GivenPassword
    new: NewPassword


class Rotation(Input, frozen=True):
    """Why a new key is to be made.

    compromised: somebody else may have a key, so all that there are end at once.
    """

    reason: Literal["routine", "compromised"] = "routine"


class Rotated(Struct, frozen=True):
    """The key that was made, and in how many seconds it signs."""

    key_id: str
    signs_in_seconds: int


async def _keep(service: Service) -> None:
    await _authority(service).keep()


operations.background.append(_keep)


@operations.post("/v1/users", access=Access.ANYONE, audited=True)
async def register(call: Call, body: NewUser) -> Answer[Profile]:
    """Sign up: from 13 years, below 18 with a guardian's address."""
    user = await _authority(call.service).accounts.register(body)
    return Answer(_profile(user), {"Location": f"/v1/users/{user.id}"})


@operations.get("/v1/users/{user}", access=Access.USER | Access.SERVICE | Access.OPERATOR)
async def profile(call: Call, user: UUID) -> Answer[Profile]:
    """Give what others may know of a user, from the cache where it has it."""

    async def load() -> Profile | None:
        found = await _authority(call.service).accounts.get(user)
        return None if found is None else _profile(found)

    return await read_through(call, f"profile:{user}", load)


@operations.put("/v1/users/{user}", access=Access.USER, audited=True)
async def rename(call: Call, user: UUID, body: NewName) -> Profile:
    """Change one's own name."""
    renamed = await _authority(call.service).accounts.rename(await _self(call, user), body.name)
    await call.service.cache.remove(f"profile:{user}")
    return _profile(renamed)


@operations.put("/v1/users/{user}/password", access=Access.USER, audited=True)
async def change_password(call: Call, user: UUID, body: PasswordChange) -> None:
    """Change one's own password, which ends all sign-ins."""
    authority = _authority(call.service)
    record = await _self(call, user)
    email = record.data.email
    if not await grants.has_password(call, authority, record, email, body.current):
        raise Problem(403, "current: is not the password. Give the one that is to be changed.")
    await authority.accounts.set_password(record, body.new)
    await authority.sign_ins.end_all(str(user))


@operations.get("/v1/userinfo", access=Access.USER)
async def userinfo(call: Call) -> Me:
    """Give what a user sees of themselves."""
    user = await _self(call, UUID(call.user))
    adult = accounts.principal(user).adult
    return Me(str(user.id), user.data.name, user.data.email, user.data.birth_date, adult)


@operations.post("/v1/token", access=Access.ANYONE, ignores_token=True, status=200, form=True)
async def token(call: Call, body: PasswordGrant | RefreshGrant | ClientGrant) -> Tokens:
    """Sign in, or go on with a sign-in."""
    return await grants.sign_in(call, _authority(call.service), body)


@operations.post("/v1/revoke", access=Access.ANYONE, ignores_token=True, status=200, form=True)
async def revoke(call: Call, body: Revocation) -> dict[str, str]:
    """Sign out: end the sign-in of a refresh token (RFC 7009)."""
    await grants.sign_out(call, _authority(call.service), body.token)
    # The same for a token that is none, as the RFC asks.
    return {}


@operations.get(jwks.PATH, access=Access.ANYONE, ignores_token=True)
async def keys(call: Call) -> Answer[dict[str, list[dict[str, str]]]]:
    """Give the public keys that tokens can be checked with (RFC 7517)."""
    published = await _authority(call.service).keys.published()
    return Answer({"keys": published}, {"Cache-Control": "public, max-age=60"})


@operations.post("/v1/keys", access=Access.OPERATOR, audited=True)
async def rotate(call: Call, body: Rotation) -> Rotated:
    """Make the next signing key now."""
    compromised = body.reason == "compromised"
    made = await _authority(call.service).keys.rotate(compromised=compromised)
    return Rotated(made.key_id, made.lead_seconds)


@operations.get("/.well-known/openid-configuration", access=Access.ANYONE, ignores_token=True)
async def configuration(call: Call) -> Answer[dict[str, Any]]:
    """Tell a client's library what there is (RFC 8414)."""
    issuer = call.service.settings.issuer
    content = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/v1/token",
        "revocation_endpoint": f"{issuer}/v1/revoke",
        "userinfo_endpoint": f"{issuer}/v1/userinfo",
        "jwks_uri": f"{issuer}{jwks.PATH}",
        "grant_types_supported": ["password", "refresh_token", "client_credentials"],
        # Nobody is sent to a page of ours to sign in there.
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
        "claims_supported": ["sub", "name", "email", "birthdate", "adult", "auth_time"],
    }
    return Answer(content, {"Cache-Control": "public, max-age=3600"})


async def _erase(service: Service, user: str) -> Erased:
    authority = _authority(service)
    # In this order: no sign-in can begin once the account is gone.
    erased = await authority.accounts.erase(user) + await authority.sign_ins.end_all(user)
    await service.cache.remove(f"profile:{user}")
    return Erased(erased=erased)


erasure.offer(operations, _erase)


async def _self(call: Call, user: UUID) -> Record[User]:
    """The caller's own record. Raises Problem: 403 it is another's, 404 it is gone."""
    if call.user != str(user):
        raise Problem(403, "This is another user's. Give your own id.")
    found = await _authority(call.service).accounts.get(user)
    if found is None:
        raise Problem(404, "This user is not there any more.")
    return found


def _authority(service: Service) -> Authority:
    assert service.authority is not None  # noqa: S101 - `assemble` makes one for `auth`
    return service.authority


def _profile(user: Record[User]) -> Profile:
    return Profile(user.id, user.data.name, user.created_at)
