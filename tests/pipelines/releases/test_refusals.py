"""What users are refused through the edge: by who they are, what they send, and how much."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.demo.users import User, sign_up
from sandbox.parts.context import Context
from tests.pipelines.releases.releasing import Releases

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]

_DOMAIN = "fieldday.localhost"
_OWN = "/v1/favourites"


@pytest.fixture(scope="module")
def user(releases: Releases, sandbox: Context) -> User:
    """Somebody who is signed in."""
    (found,) = sign_up(sandbox.ports.url("edge"), _DOMAIN, 1)
    return found


At = Callable[..., httpx.Client]


@pytest.fixture
def at(sandbox: Context) -> Iterator[At]:
    """A client of a service behind the edge, at an address that no other user here has."""
    with contextlib.ExitStack() as stack:

        def connected(service: str, address: str = "127.0.1.9") -> httpx.Client:
            return stack.enter_context(
                httpx.Client(
                    transport=httpx.HTTPTransport(local_address=address),
                    base_url=sandbox.ports.url("edge"),
                    headers={"Host": f"{service}.{_DOMAIN}"},
                    timeout=60,
                    trust_env=False,
                )
            )

        yield connected


@pytest.fixture
def api(at: At) -> httpx.Client:
    """`api` behind the edge."""
    return at("api")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _claims(user: User) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(user.token, options={"verify_signature": False})
    return claims


def test_a_token_is_needed_and_the_users_own_is_good(api: httpx.Client, user: User) -> None:
    without = api.get(_OWN)
    assert without.status_code == 401
    assert without.headers["WWW-Authenticate"].startswith("Bearer")
    assert api.get(_OWN, headers=user.headers).status_code == 200


def test_a_token_that_nobody_signed_is_refused(api: httpx.Client, user: User) -> None:
    for algorithm in ("none", "None", "NONE"):
        header = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
        forged = f"{_part(header)}.{_part(json.dumps(_claims(user)).encode())}."
        assert api.get(_OWN, headers=_bearer(forged)).status_code == 401


def test_the_public_key_is_no_secret_to_sign_with(at: At, api: httpx.Client, user: User) -> None:
    auth = at("auth")
    published = jwt.PyJWKSet.from_dict(auth.get("/.well-known/jwks.json").json())
    key = published[jwt.get_unverified_header(user.token)["kid"]]
    for encoding in (Encoding.PEM, Encoding.DER):
        secret = key.key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "typ": "JWT", "kid": key.key_id}
        signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(_claims(user)).encode())}"
        signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        forged = f"{signed}.{_part(signature)}"
        assert api.get(_OWN, headers=_bearer(forged)).status_code == 401


def test_claims_can_not_be_changed(api: httpx.Client, user: User) -> None:
    header, _, signature = user.token.split(".")
    for change in ({"kind": "operator"}, {"aud": "other"}, {"exp": time.time() + 86_400}):
        changed = _part(json.dumps(_claims(user) | change).encode())
        answer = api.get(_OWN, headers=_bearer(f"{header}.{changed}.{signature}"))
        assert answer.status_code == 401


def test_staging_takes_no_token_of_production(at: At, user: User) -> None:
    staging = at("api.staging")
    assert staging.get(_OWN, headers=user.headers).status_code == 401


def test_what_is_for_others_is_refused(at: At, user: User) -> None:
    auth = at("auth")
    answer = auth.post("/v1/keys", headers=user.headers, json={})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"session": "no id"}', 422),
        (b'{"session": 1, "more": 2}', 422),
        (b"{", 400),
        (b'{"session": "' + b"x" * 100_000 + b'"}', 413),
    ],
    ids=["not an id", "unknown field", "not JSON", "large"],
)
def test_what_is_wrong_is_refused(
    api: httpx.Client, user: User, content: bytes, status: int
) -> None:
    headers = {**user.headers, "Content-Type": "application/json"}
    answer = api.post(_OWN, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_user_who_asks_too_often_must_wait(at: At, sandbox: Context, releases: Releases) -> None:
    """Of both replicas together; at another address it is the same user."""
    (eager,) = sign_up(sandbox.ports.url("edge"), _DOMAIN, 1)
    statuses: list[int] = []
    began = time.monotonic()
    for address in ("127.0.1.21", "127.0.1.22"):
        api = at("api", address)
        while len(statuses) < 3000 and 429 not in statuses:
            answer = api.get(_OWN, headers=eager.headers)
            statuses.append(answer.status_code)
        answer = api.get(_OWN, headers=eager.headers)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    # The catalogue's 300 a minute, but for what a sliding window rounds, and what it has let in
    # meanwhile where this machine takes long.
    minutes = (time.monotonic() - began) / 60
    assert 280 <= statuses.count(200) <= 320 * (1 + minutes)


def test_an_address_that_asks_too_often_must_wait_and_others_need_not(at: At, user: User) -> None:
    """`auth` takes 120 requests a minute of one address."""
    auth = at("auth", "127.0.1.23")
    statuses = [auth.get("/.well-known/jwks.json").status_code]
    while len(statuses) < 1200 and 429 not in statuses:
        statuses.append(auth.get("/.well-known/jwks.json").status_code)
    assert statuses.count(200) >= 110
    assert 429 in statuses
    forged = {"X-Forwarded-For": "203.0.113.9"}
    assert auth.get("/.well-known/jwks.json", headers=forged).status_code == 429
    other = at("auth", "127.0.1.24")
    assert other.get("/.well-known/jwks.json").status_code == 200
