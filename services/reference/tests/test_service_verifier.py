"""Tokens: a good one tells the caller, and everything that is not quite one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from reference.identity.principal import Kind, Principal
from reference.identity.verifier import Verifier
from reference.problems import Problem

Forge = Callable[[Any], str]


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _claims(identity: Any) -> dict[str, object]:
    now = int(time.time())
    claims = {"iss": identity.issuer, "aud": identity.audience, "iat": now, "exp": now + 600}
    return {**claims, "sub": "someone", "kind": "operator"}


def _unsigned(identity: Any, algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": identity.public["kid"]}
    return f"{_part(header)}.{_part(_claims(identity))}."


def _by_public_key(identity: Any) -> str:
    """An HMAC with the public key, which everybody knows, for its secret."""
    header = {"alg": "HS256", "typ": "at+jwt", "kid": identity.public["kid"]}
    signed = f"{_part(header)}.{_part(_claims(identity))}"
    public = identity.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _with_its_own_key(identity: Any, **headers: object) -> str:
    private = rsa.generate_private_key(65_537, 2048)
    numbers = private.public_key().public_numbers()
    own = {
        name: base64.urlsafe_b64encode(n.to_bytes((n.bit_length() + 7) // 8, "big")).decode()
        for name, n in (("n", numbers.n), ("e", numbers.e))
    }
    jwk = {"kty": "RSA", "alg": "RS256", **{name: text.rstrip("=") for name, text in own.items()}}
    given = {name: jwk if value == "own" else value for name, value in headers.items()}
    return str(identity.token(key=private, headers=given))


def _changed(identity: Any) -> str:
    header, _, signature = identity.token(kind="user").split(".")
    return f"{header}.{_part({**_claims(identity), 'kind': 'operator'})}.{signature}"


now = time.time
FORGED: dict[str, Forge] = {
    "expired": lambda i: i.token(exp=int(now()) - 10),
    "not yet valid": lambda i: i.token(nbf=int(now()) + 60),
    "issued in the future": lambda i: i.token(iat=int(now()) + 60),
    "of another audience": lambda i: i.token(aud="another"),
    "of another environment": lambda i: i.token(iss="https://auth.staging.fieldday.example"),
    "without an expiry": lambda i: i.token(exp=None),
    "without an issuer": lambda i: i.token(iss=None),
    "without an audience": lambda i: i.token(aud=None),
    "without a subject": lambda i: i.token(sub=None),
    "without a kind": lambda i: i.token(kind=None),
    "of an unknown kind": lambda i: i.token(kind="root"),
    "an expiry that is no number": lambda i: i.token(exp="soon"),
    "an id token": lambda i: i.token(headers={"typ": "JWT"}),
    "without a type": lambda i: i.token(headers={"typ": None}),
    "without a key id": lambda i: i.token(headers={"kid": None}),
    "of an unknown key": lambda i: i.token(headers={"kid": "another"}),
    "a key id of 200 characters": lambda i: i.token(headers={"kid": "k" * 200}),
    "another key signed": _with_its_own_key,
    "a key of its own in jwk": lambda i: _with_its_own_key(i, jwk="own"),
    "a key of its own in jwk alone": lambda i: _with_its_own_key(i, jwk="own", kid=None),
    "a place for its key in jku": lambda i: _with_its_own_key(i, jku="http://127.0.0.1:1/keys"),
    "a good token with jku": lambda i: i.token(headers={"jku": "http://127.0.0.1:1/keys"}),
    "a certificate in x5u": lambda i: _with_its_own_key(i, x5u="http://127.0.0.1:1/x"),
    "something critical": lambda i: i.token(headers={"crit": ["exp"]}),
    "alg none": lambda i: _unsigned(i, "none"),
    "alg None": lambda i: _unsigned(i, "None"),
    "alg RS256 without a signature": lambda i: _unsigned(i, "RS256"),
    "HS256 by the public key": _by_public_key,
    "RS512": lambda i: i.token(algorithm="RS512"),
    "PS256": lambda i: i.token(algorithm="PS256"),
    "changed claims": _changed,
    "too long": lambda i: i.token(note="x" * 5000),
    "two parts": lambda i: ".".join(i.token().split(".")[:2]),
    "nothing of a token": lambda _: "x",
    "not ASCII": lambda _: "é.é.é",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused(identity: Any, forge: Forge) -> None:
    with pytest.raises(Problem) as refused:
        await identity.verifier.caller(f"Bearer {forge(identity)}")
    assert refused.value.status == 401
    challenge = refused.value.headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="fieldday", error="invalid_token"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_another_scheme_is_refused(identity: Any, header: str) -> None:
    with pytest.raises(Problem) as refused:
        await identity.verifier.caller(header)
    assert refused.value.status == 401


@given(st.text(max_size=200))
async def test_whatever_comes_is_a_401(identity: Any, text: str) -> None:
    with pytest.raises(Problem) as refused:
        await identity.verifier.caller(f"Bearer {text}")
    assert refused.value.status == 401


async def test_a_good_token_tells_the_caller(identity: Any) -> None:
    async def caller(headers: dict[str, str]) -> Principal:
        found: Principal = await identity.verifier.caller(headers["Authorization"])
        return found

    assert await caller(identity.user("u")) == Principal("u", Kind.USER, adult=True)
    assert await caller(identity.minor("u")) == Principal("u", Kind.USER, adult=False)
    assert await caller(identity.service("api")) == Principal("api", Kind.SERVICE)
    assert await caller(identity.operator()) == Principal("operations", Kind.OPERATOR)
    assert await caller({"Authorization": f"bearer {identity.token(sub='u')}"})


@pytest.mark.parametrize("adult", [None, 1, "true"])
async def test_who_is_not_said_to_be_of_age_is_a_minor(identity: Any, adult: object) -> None:
    caller = await identity.verifier.caller(f"Bearer {identity.token(adult=adult)}")
    assert not caller.adult


async def test_clocks_may_differ_by_seconds(identity: Any) -> None:
    moment = int(now())
    token = identity.token(iat=moment + 3, nbf=moment + 3, exp=moment - 3)
    assert await identity.verifier.caller(f"Bearer {token}")


async def test_where_keys_cannot_be_had_is_no_401(identity: Any) -> None:
    async def find(_: str) -> None:
        raise Problem(503, "later")

    verifier = Verifier(identity.issuer, identity.audience, find)
    with pytest.raises(Problem) as refused:
        await verifier.caller(identity.user()["Authorization"])
    assert refused.value.status == 503
