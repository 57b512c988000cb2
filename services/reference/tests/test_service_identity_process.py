"""`auth` as a process with a real database: users, their tokens, and services that check them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from patience import PATIENCE

pytestmark = pytest.mark.sandbox
Start = Callable[..., Any]


def _post(
    auth: Any, path: str, headers: dict[str, str] | None = None, **body: object
) -> httpx.Response:
    answer: httpx.Response = auth.running.client.post(auth.url + path, json=body, headers=headers)
    return answer


def _sign_in(auth: Any, email: str, password: str) -> httpx.Response:
    return _post(auth, "/v1/token", grant_type="password", username=email, password=password)


def _go_on(auth: Any, tokens: dict[str, str]) -> httpx.Response:
    return _post(
        auth, "/v1/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )


def _bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def _audited(auth: Any) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in auth.running.output.read_text().splitlines()]
    return [line for line in lines if line["event"] == "audit"]


def _born(age: int) -> str:
    """The birth date of somebody who is as old, on any day: half a year after the birthday."""
    return (datetime.now(UTC).date() - timedelta((age + 0.5) * 365.25)).isoformat()


@pytest.mark.smoke
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
    first = _sign_in(auth, email, auth.password).json()
    other = _sign_in(auth, email, auth.password).json()
    second = _go_on(auth, first).json()
    third = _go_on(auth, second).json()
    reused = _go_on(auth, first)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert _go_on(auth, third).status_code == 400
    # Another sign-in of the same user goes on.
    assert _go_on(auth, other).status_code == 200
    (line,) = [line for line in _audited(auth) if line["action"] == "refresh token reused"]
    assert (line["outcome"], line["actor_kind"]) == ("refused", "user")


@pytest.mark.parametrize("token", ["x", "x.y", "7c9e6679-7425-40de-944b-e07fc1f90ae7.x", "\u00e9."])
def test_what_is_no_refresh_token_is_refused(auth: Any, token: str) -> None:
    assert _go_on(auth, {"refresh_token": token}).status_code == 400


def test_a_sign_in_may_be_ended(auth: Any) -> None:
    tokens = _sign_in(auth, auth.register()["email"], auth.password).json()
    assert _post(auth, "/v1/revoke", token="another").status_code == 200
    assert _post(auth, "/v1/revoke", token=tokens["refresh_token"]).status_code == 200
    assert _go_on(auth, tokens).status_code == 400


def test_an_address_is_one_users(auth: Any) -> None:
    email = auth.register()["email"]
    body = {"name": "Eve", "birth_date": "1990-05-17", "password": auth.password}
    answer = _post(auth, "/v1/users", email=email.upper(), **body)
    assert answer.status_code == 409
    assert email not in answer.text


@pytest.mark.parametrize(
    ("born", "guardian", "status"),
    [
        (12, None, 403),
        (5, "mother@example.org", 403),
        (14, None, 422),
        (14, "self", 422),
        (14, "mother@example.org", 201),
        (19, None, 201),
        (-1, None, 422),
        ("1800-01-01", None, 422),
        ("2001-02-30", None, 422),
        ("yesterday", None, 422),
    ],
)
def test_the_age_gate(auth: Any, born: int | str, guardian: str | None, status: int) -> None:
    """Of ages in years; `test_service_passwords.py` has the day on which one is a year older."""
    email = f"{uuid.uuid4()}@example.org"
    birth_date = _born(born) if isinstance(born, int) else born
    body = {"email": email, "name": "Kit", "birth_date": birth_date, "password": auth.password}
    if guardian:
        body["guardian_email"] = email.upper() if guardian == "self" else guardian
    answer = _post(auth, "/v1/users", **body)
    assert answer.status_code == status, answer.text
    signed_in = _sign_in(auth, email, auth.password)
    assert signed_in.status_code == (200 if status == 201 else 400)
    if status == 201:
        claims = jwt.decode(signed_in.json()["access_token"], options={"verify_signature": False})
        assert claims["adult"] is (guardian is None)


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(auth: Any) -> None:
    email = auth.register()["email"]
    answers = [_sign_in(auth, given, "wrong password") for given in (email, "nobody@example.org")]
    first, second = ({**answer.json(), "request_id": ""} for answer in answers)
    assert first == second
    assert first["error"] == "invalid_grant"
    assert {answer.status_code for answer in answers} == {400}


def test_failed_sign_ins_of_an_account_are_limited_by_all_replicas_together(
    auth: Any, valkey: Any
) -> None:
    first, second = (auth.again(CACHE_URL=valkey.url) for _ in range(2))
    email, other = (auth.register()["email"] for _ in range(2))
    body = {"grant_type": "password", "username": email}

    def sign_in(where: Any, **changes: str) -> int:
        answer = where.client.post(f"{where.url}/v1/token", json={**body, **changes})
        return int(answer.status_code)

    wrong = [sign_in(where, password=f"not {auth.password}") for where in [first, second] * 6]
    assert wrong == [400] * 10 + [429] * 2
    answer = first.client.post(f"{first.url}/v1/token", json={**body, "password": auth.password})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 900
    assert sign_in(second, username=other, password=auth.password) == 200


def test_a_user_changes_name_and_password(auth: Any, valkey: Any) -> None:
    auth.running = auth.again(CACHE_URL=valkey.url)
    registered = auth.register(name="Ada")
    path = f"/v1/users/{registered['id']}"
    tokens = _sign_in(auth, registered["email"], auth.password).json()
    headers = _bearer(tokens)
    seen = [auth.running.get(path, headers) for _ in range(2)]
    assert [answer.headers["x-cache"] for answer in seen] == ["miss", "hit"]
    assert set(seen[1].json()) == {"id", "name", "created_at"}
    client = auth.running.client
    changed = client.put(auth.url + path, json={"name": "Countess"}, headers=headers)
    assert changed.status_code == 200
    assert auth.running.get(path, headers).json()["name"] == "Countess"
    other = auth.user()
    assert client.put(auth.url + path, json={"name": "X"}, headers=other).status_code == 403
    new = "another long password"
    passwords = {"current": "not this one", "new": new}
    wrong = client.put(f"{auth.url}{path}/password", json=passwords, headers=headers)
    assert wrong.status_code == 403
    passwords["current"] = auth.password
    done = client.put(f"{auth.url}{path}/password", json=passwords, headers=headers)
    assert done.status_code == 204
    assert _go_on(auth, tokens).status_code == 400
    assert _sign_in(auth, registered["email"], auth.password).status_code == 400
    assert _sign_in(auth, registered["email"], new).status_code == 200


def test_an_account_is_erased(auth: Any) -> None:
    registered = auth.register()
    tokens = _sign_in(auth, registered["email"], auth.password).json()
    path = f"{auth.url}/v1/users/{registered['id']}/data"
    client = auth.running.client
    assert client.delete(path, headers=_bearer(tokens)).status_code == 403
    erased = client.delete(path, headers=auth.client("api"))
    assert (erased.status_code, erased.json()["erased"]) == (200, 2)
    assert auth.running.get("/v1/userinfo", _bearer(tokens)).status_code == 404
    assert _go_on(auth, tokens).status_code == 400
    assert _sign_in(auth, registered["email"], auth.password).status_code == 400


def test_a_client_signs_in_as_a_form_too(auth: Any) -> None:
    grant = {"grant_type": "client_credentials", "client_id": "api", "scope": "all"}
    url = f"{auth.url}/v1/token"
    answer = auth.running.client.post(url, data={**grant, "client_secret": auth.secret("api")})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
    assert answer.headers["cache-control"] == "no-store"
    wrong = auth.running.client.post(url, data={**grant, "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert "www-authenticate" in wrong.headers
    twice = auth.running.client.post(
        url, content="grant_type=password&grant_type=refresh_token", headers=_FORM
    )
    assert twice.status_code == 400


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_token_that_has_expired_hinders_nobody_who_signs_in_again(auth: Any) -> None:
    tokens = _sign_in(auth, auth.register()["email"], auth.password).json()
    stale = {"Authorization": "Bearer x"}
    assert auth.running.get("/v1/userinfo", stale).status_code == 401
    for path in ("/livez", "/.well-known/jwks.json", "/.well-known/openid-configuration"):
        assert auth.running.get(path, stale).status_code == 200
    grant = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert _post(auth, "/v1/token", stale, **grant).status_code == 200


def test_a_clients_library_finds_its_way(auth: Any) -> None:
    found = auth.running.get("/.well-known/openid-configuration").json()
    issuer = found["issuer"]
    assert issuer == "https://auth.development.fieldday.example"
    for name in ("token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"):
        path = found[name].removeprefix(issuer)
        assert auth.running.get(path).status_code in (200, 401, 405), name
    (key, *_) = auth.running.get("/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_the_audit_log_tells_who_and_what_and_no_more(auth: Any) -> None:
    registered = auth.register(name="Hedy Lamarr", birth_date="1914-11-09")
    email = registered["email"]
    tokens = _sign_in(auth, email, auth.password).json()
    _sign_in(auth, email, "the wrong password")
    _go_on(auth, tokens)
    client_token = auth.client("payments")
    auth.running.client.put(
        f"{auth.url}/v1/users/{registered['id']}", json={"name": "Hedy"}, headers=_bearer(tokens)
    )
    found = [
        (line["action"], line["status"], line["actor"], line["subject"]) for line in _audited(auth)
    ]
    user = registered["id"]
    assert found == [
        ("register", 201, None, user),
        ("sign-in", 200, user, user),
        ("sign-in", 400, user, user),
        ("client sign-in", 200, "payments", "payments"),
        ("rename", 200, user, user),
    ]
    assert all(line["request_id"] and line["time"] for line in _audited(auth))
    output = auth.running.output.read_text()
    for secret in (
        *("Hedy", email, "1914-11-09", auth.password, "the wrong password", "127.0.0.1:"),
        *(tokens[name] for name in ("access_token", "refresh_token", "id_token")),
        *(auth.secret("payments"), auth.secret("auth"), "a key for tests"),
        client_token["Authorization"].split()[1],
    ):
        assert secret not in output, secret


def test_it_stays_small_while_many_sign_in(auth: Any, valkey: Any) -> None:
    auth.running = auth.again(CACHE_URL=valkey.url, RATE_LIMIT_PER_USER="1000")
    email = auth.register()["email"]
    # They wait for each other, and this machine may be busy with other tests.
    auth.running.client.timeout = 60 * PATIENCE
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _sign_in(auth, email, auth.password), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    status = Path(f"/proc/{auth.running.process.pid}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    assert int(peak) / 1024 < 80
