"""Users of FieldDay, signed in, each at an address of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import httpx

from sandbox.errors import SandboxError

_SECONDS = 10.0


@dataclass(frozen=True)
class User:
    """Somebody whose requests come from `address`."""

    address: str
    """Of 127.0.0.0/8: services limit requests by address."""
    token: str = field(repr=False)
    """Expires after ten minutes."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of their requests."""
        return {"Authorization": f"Bearer {self.token}"}


def sign_up(edge: str, domain: str, count: int) -> tuple[User, ...]:
    """Make so many users at `auth.<domain>` behind the edge, and sign them in.

    Raises SandboxError: `auth` refuses.
    """
    return tuple(_sign_up(edge, f"auth.{domain}", f"127.0.0.{10 + n}") for n in range(count))


def _sign_up(edge: str, host: str, address: str) -> User:
    email = f"user-{secrets.token_hex(8)}@fieldday.example"
    password = secrets.token_urlsafe(16)
    person = {"email": email, "password": password, "name": "Sam", "birth_date": "1990-05-17"}
    grant = {"grant_type": "password", "username": email, "password": password}
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(
        transport=transport,
        base_url=edge,
        headers={"Host": host},
        timeout=_SECONDS,
        trust_env=False,
    ) as client:
        _post(client, "/v1/users", person)
        answer = _post(client, "/v1/token", grant)
    return User(address, answer["access_token"])


def _post(client: httpx.Client, path: str, body: dict[str, str]) -> dict[str, str]:
    try:
        answer = client.post(path, json=body)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        msg = f"auth: POST {path} failed: {error}. Run 'make status'."
        raise SandboxError(msg) from error
    content: dict[str, str] = answer.json()
    return content
