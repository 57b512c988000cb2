"""The ways to sign in: what each asks for, and the tokens that it gives (RFC 6749)."""

from __future__ import annotations

import contextlib
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from reference import audit
from reference.identity import accounts
from reference.identity.accounts import Email, GivenPassword, User
from reference.identity.authority import Authority
from reference.identity.principal import Kind, Principal
from reference.identity.sign_ins import Continued, ReusedError
from reference.operations import Call
from reference.problems import Problem
from reference.rates import Policy
from reference.values import Name, Record

Token = Annotated[str, Meta(min_length=1, max_length=200)]
# Failures of one account; more than a person makes, and by far fewer than guessing takes.
FAILURES = Policy("sign-in", 10, 900)


# Unlike other inputs these may hold more: the standard asks to leave alone what is not known.
class PasswordGrant(Struct, frozen=True, tag_field="grant_type", tag="password"):
    """A user signs in. username: the e-mail address."""

    username: Email
    password: GivenPassword


class RefreshGrant(Struct, frozen=True, tag_field="grant_type", tag="refresh_token"):
    """A user's sign-in goes on."""

    refresh_token: Token


class ClientGrant(Struct, frozen=True, tag_field="grant_type", tag="client_credentials"):
    """A service or an operator signs in."""

    client_id: Name
    client_secret: Token


class Tokens(Struct, frozen=True, omit_defaults=True):
    """What a sign-in gives. expires_in: seconds."""

    access_token: str
    expires_in: int
    token_type: str
    id_token: str | None = None
    refresh_token: str | None = None


async def sign_in(
    call: Call, authority: Authority, grant: PasswordGrant | RefreshGrant | ClientGrant
) -> Tokens:
    """The tokens for a grant.

    Raises Problem: 400 not the password, or a sign-in that has ended; 401 not the client's
    secret; 429 too many failures; 503 too many at once.
    """
    if isinstance(grant, PasswordGrant):
        return await _by_password(call, authority, grant)
    if isinstance(grant, RefreshGrant):
        return await _by_refresh_token(call, authority, grant)
    return await _by_client_secret(call, authority, grant)


async def _by_password(call: Call, authority: Authority, grant: PasswordGrant) -> Tokens:
    user = await authority.accounts.of_email(grant.username)
    who = accounts.principal(user) if user else None
    try:
        right = await has_password(call, authority, user, grant.username, grant.password)
    except Problem as e:
        _audit(call, "sign-in", e.status, who)
        raise
    sign_in = None
    if right and user is not None:
        sign_in = await authority.sign_ins.begin(str(user.id), user.data.password)
    if sign_in is None or user is None:
        _audit(call, "sign-in", 400, who)
        raise _invalid_grant("There is no user of this address with this password.")
    _audit(call, "sign-in", 200, who)
    await authority.accounts.renew_hash(user, grant.password)
    return await _tokens(authority, user, sign_in)


async def _by_refresh_token(call: Call, authority: Authority, grant: RefreshGrant) -> Tokens:
    ended = "This sign-in has ended. Sign in again."
    try:
        sign_in = await authority.sign_ins.go_on(grant.refresh_token)
    except ReusedError as e:
        _audit(call, "refresh token reused", 400, Principal(e.user, Kind.USER))
        raise _invalid_grant(ended) from e
    user = None if sign_in is None else await authority.accounts.get(UUID(sign_in.user))
    if sign_in is None or user is None:
        raise _invalid_grant(ended)
    return await _tokens(authority, user, sign_in)


async def _by_client_secret(call: Call, authority: Authority, grant: ClientGrant) -> Tokens:
    client = authority.clients.sign_in(grant.client_id, grant.client_secret)
    if client is None:
        _audit(call, "client sign-in", 401, None)
        detail = "There is no client of this id with this secret."
        challenge = {"WWW-Authenticate": 'Bearer realm="fieldday"'}
        raise Problem(401, detail, challenge, error="invalid_client")
    _audit(call, "client sign-in", 200, client)
    access = await authority.issuer.access_token(client)
    return Tokens(access, authority.issuer.seconds, "Bearer")


async def _tokens(authority: Authority, user: Record[User], sign_in: Continued) -> Tokens:
    issuer = authority.issuer
    return Tokens(
        access_token=await issuer.access_token(accounts.principal(user)),
        expires_in=issuer.seconds,
        token_type="Bearer",  # noqa: S106 - a kind of token
        id_token=await issuer.id_token(
            sign_in.user, user.data.name, user.data.email, sign_in.began
        ),
        refresh_token=sign_in.token,
    )


def _invalid_grant(detail: str) -> Problem:
    return Problem(400, detail, error="invalid_grant")


async def has_password(
    call: Call, authority: Authority, user: Record[User] | None, email: str, password: str
) -> bool:
    """Whether it is the password of the user with this address, if there is one.

    Failures are counted for addresses that are nobody's too, so that no answer tells. Raises
    Problem: 429 too many failures, 503 too many at once.
    """
    account = email.casefold()
    await call.service.rates.check(FAILURES, account)
    right = await authority.accounts.has_password(user, password)
    if not right:
        with contextlib.suppress(Problem):
            await call.service.rates.count(FAILURES, account)
    return right


async def sign_out(call: Call, authority: Authority, refresh_token: str) -> None:
    """End the sign-in of a refresh token, if there is one."""
    user = await authority.sign_ins.end(refresh_token)
    if user is not None:
        _audit(call, "sign-out", 200, Principal(user, Kind.USER))


def _audit(call: Call, action: str, status: int, actor: Principal | None) -> None:
    subject = actor.id if actor else None
    audit.record(call.service.settings, call.request, action, status, actor=actor, subject=subject)
