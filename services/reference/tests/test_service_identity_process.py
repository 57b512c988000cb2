"""`auth` as a process with a real database: users, tokens, keys, and services that check them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

pytestmark = pytest.mark.sandbox
Start = Callable[..., Any]


def _answer(auth: Any, path: str, headers: dict[str, str] | None = None, **body: object) -> Any:
    return auth.running.client.post(auth.url + path, json=body, headers=headers)


def test_a_user_signs_up_signs_in_and_is_known_to_other_services(
    auth: Any, start: Start, postgresql: Any
) -> None:
    registered = auth.register(name="Grace")
    grant = {"grant_type": "password", "username": registered["email"].upper()}
    tokens = auth.tokens(**grant, password=auth.password)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = auth.running.get("/v1/userinfo", headers).json()
    assert me == {
        "sub": registered["id"],
        "name": "Grace",
        "email": registered["email"],
        "birthdate": "1990-05-17",
        "adult": True,
    }
    jobs = start(SERVICE="jobs", DATABASE_URL=postgresql.url, AUTH_URL=auth.url)
    assert jobs.get("/v1/runs").status_code == 401
    assert jobs.get("/v1/runs", headers).status_code == 403
    assert jobs.get("/v1/runs", auth.client("operations")).status_code == 200
    assert jobs.get("/v1/runs", auth.client("api")).status_code == 200


def test_the_id_token_is_for_the_app_alone(auth: Any) -> None:
    registered = auth.register()
    grant = {"grant_type": "password", "username": registered["email"]}
    tokens = auth.tokens(**grant, password=auth.password)
    published = auth.running.get("/.well-known/jwks.json").json()
    keys = jwt.PyJWKSet.from_dict(published)
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(tokens["id_token"], key, ["RS256"], audience="fieldday-app")
    assert (claims["sub"], claims["email"]) == (registered["id"], registered["email"])
    assert claims["exp"] - claims["iat"] == 600
    headers = {"Authorization": f"Bearer {tokens['id_token']}"}
    assert auth.running.get("/v1/userinfo", headers).status_code == 401


def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_sign_in(auth: Any) -> None:
    email = auth.register()["email"]
    first = auth.tokens(grant_type="password", username=email, password=auth.password)
    other = auth.tokens(grant_type="password", username=email, password=auth.password)
    second = auth.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])
    third = auth.tokens(grant_type="refresh_token", refresh_token=second["refresh_token"])
    reused = _answer(
        auth, "/v1/token", grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    stolen = _answer(
        auth, "/v1/token", grant_type="refresh_token", refresh_token=third["refresh_token"]
    )
    assert stolen.status_code == 400
    # Another sign-in of the same user goes on.
    auth.tokens(grant_type="refresh_token", refresh_token=other["refresh_token"])
    lines = [json.loads(line) for line in auth.running.output.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("action") == "refresh token reused"]
    assert (line["event"], line["outcome"]) == ("audit", "refused")
