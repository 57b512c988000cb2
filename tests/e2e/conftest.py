"""The end-to-end tests' options: which services, in which domain, behind which address.

    pytest tests/e2e --base-url=http://127.0.0.1:18080 --domain=staging.fieldday.localhost \\
        --services=api,auth --installed=api,auth,conditions

Each of `--services` is asked whether it keeps what is promised of all; the journeys over several
services are those that touch one of them. A journey that needs a service that is not installed is
skipped; without `--installed`, all are. Without `--base-url` the tests are left out, so that they
are no part of the project's own.

A run makes users of its own, and has all that is kept of them erased at its end.
"""

from __future__ import annotations

import contextlib
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

_SECONDS = 60.0
_PASSWORD = secrets.token_urlsafe(16)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("end-to-end tests")
    group.addoption("--base-url", help="where users' requests enter")
    group.addoption("--domain", default="fieldday.example", help="a service is <name>.<domain>")
    group.addoption("--services", default="", help="names, separated by commas")
    group.addoption("--installed", help="the services that are there, separated by commas")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "journey(*services): a way of a user over these services")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests out when nobody says where to send requests."""
    here = Path(__file__).parent
    is_ours = collection_path.is_relative_to(here)
    return True if is_ours and not config.getoption("--base-url", None) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test once a service."""
    if "service" in metafunc.fixturenames:
        metafunc.parametrize("service", sorted(_named(metafunc.config, "--services")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave journeys out that touch no service under test, skip those that can't be gone."""
    tested = _named(config, "--services")
    journeys = {item: _needed(item) for item in items}
    strangers = [item for item, needed in journeys.items() if needed and not needed & tested]
    if strangers:
        config.hook.pytest_deselected(items=strangers)
        items[:] = [item for item in items if item not in strangers]
    for item in items:
        if missing := sorted(journeys[item] - _installed(config, journeys[item])):
            reason = f"not installed: {', '.join(missing)}"
            item.add_marker(pytest.mark.skip(reason=reason))


def _named(config: pytest.Config, option: str) -> set[str]:
    return {name for name in str(config.getoption(option) or "").split(",") if name}


def _installed(config: pytest.Config, wanted: set[str]) -> set[str]:
    """Those of the wanted that are installed; all, where nobody says which."""
    if config.getoption("--installed") is None:
        return wanted
    return wanted & (_named(config, "--installed") | _named(config, "--services"))


def _needed(item: pytest.Item) -> set[str]:
    """The services that a journey is over. Users are made at `auth` and erased by `api`."""
    marker = item.get_closest_marker("journey")
    if marker is None:
        return set()
    # Of a test that is run once a service, that service.
    callspec = getattr(item, "callspec", None)
    tested = {callspec.params["service"]} if callspec else set()
    return {"api", "auth", *marker.args, *tested}


@dataclass
class Edge:
    """Where users' requests enter."""

    base_url: str
    domain: str
    clients: dict[str, httpx.Client] = field(default_factory=dict, repr=False)
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context, repr=False)

    def client(self, service: str) -> httpx.Client:
        """One that sends requests to a service, over connections that are kept."""
        if service not in self.clients:
            self.clients[service] = httpx.Client(
                base_url=self.base_url,
                headers={"Host": f"{service}.{self.domain}"},
                verify=self.tls,
                timeout=_SECONDS,
                trust_env=False,
            )
        return self.clients[service]


@dataclass
class User:
    """Somebody who signed up for this run, and is signed in."""

    id: str
    email: str
    password: str
    edge: Edge = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    def call(self, method: str, service: str, path: str, **given: Any) -> httpx.Response:
        """A request in the user's name."""
        headers = {**self.headers, **given.pop("headers", {})}
        return self.edge.client(service).request(method, path, headers=headers, **given)

    def get(self, service: str, path: str, **params: Any) -> Any:
        """What is there, where it is."""
        answer = self.call("GET", service, path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, service: str, path: str, body: Any, status: int = 201, **given: Any) -> Any:
        """What is made of a body, where it is."""
        answer = self.call("POST", service, path, json=body, **given)
        assert answer.status_code == status, answer.text
        return answer.json()

    def erase(self) -> httpx.Response:
        """Have all erased that is kept of the user."""
        return self.call("DELETE", "api", f"/v1/users/{self.id}/data")


SignUp = Callable[..., User]


@pytest.fixture(scope="session")
def edge(pytestconfig: pytest.Config) -> Iterator[Edge]:
    """Where users' requests enter."""
    found = Edge(str(pytestconfig.getoption("--base-url")), str(pytestconfig.getoption("--domain")))
    yield found
    for client in found.clients.values():
        client.close()


@pytest.fixture
def client(service: str, edge: Edge) -> httpx.Client:
    """One that sends requests to the service under test."""
    return edge.client(service)


@pytest.fixture(scope="session")
def sign_up(edge: Edge) -> Iterator[SignUp]:
    """Make a user, who is erased when all tests are done."""
    users: list[User] = []

    def made(name: str, born: str = "1990-05-17", **more: str) -> User:
        email = f"e2e-{secrets.token_hex(8)}@example.com"
        new = {"email": email, "name": name, "birth_date": born, "password": _PASSWORD, **more}
        auth = edge.client("auth")
        answer = auth.post("/v1/users", json=new)
        assert answer.status_code == 201, answer.text
        grant = {"grant_type": "password", "username": email, "password": _PASSWORD}
        signed_in = auth.post("/v1/token", json=grant)
        assert signed_in.status_code == 200, signed_in.text
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        user = User(answer.json()["id"], email, _PASSWORD, edge, headers)
        users.append(user)
        return user

    yield made
    for user in users:
        # Some services may not be there; what is left then is erased when they are.
        with contextlib.suppress(httpx.TransportError):
            user.erase()


@pytest.fixture(scope="session")
def host(sign_up: SignUp) -> User:
    """An adult who offers sessions."""
    return sign_up("Hanna Host")


@pytest.fixture(scope="session")
def guest(sign_up: SignUp) -> User:
    """An adult who looks for sessions."""
    return sign_up("Gus Guest")


@pytest.fixture(scope="session")
def minor(sign_up: SignUp) -> User:
    """Somebody who is fifteen."""
    born = datetime.now(UTC).date() - timedelta(days=15 * 366)
    return sign_up("Mika Minor", born.isoformat(), guardian_email="guardian@example.com")


Offer = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def offer() -> Offer:
    """What a session that is offered may look like, in three weeks."""

    def made(**changes: Any) -> dict[str, Any]:
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=21)
        return {
            "title": "Dawn paddle",
            "activity": "kayaking",
            "spot": "lake-tahoe",
            "starts_at": starts_at.isoformat(),
            "price_cents": 4500,
            "places": 2,
            **changes,
        }

    return made


@pytest.fixture
def session(host: User, offer: Offer) -> dict[str, Any]:
    """A session on offer."""
    offered: dict[str, Any] = host.post("discovery", "/v1/sessions", offer())
    return offered


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], bool], str], None]:
    """Wait until a condition is met; fail with what it is when it is not in a minute."""

    def wait(met: Callable[[], bool], what: str) -> None:
        limit = time.monotonic() + _SECONDS
        while not met():
            assert time.monotonic() < limit, f"{what} within {_SECONDS:g} s"
            time.sleep(0.2)

    return wait
