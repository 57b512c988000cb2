"""All twelve services as processes, as catalog.yaml says who calls whom, behind a small edge.

One PostgreSQL with a database each, and one Valkey. All on loopback, with the limits of
production, so that what passes here passes there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from patience import PATIENCE

if TYPE_CHECKING:
    from conftest import PostgreSQL, Server

ROOT = Path(__file__).parent.parent.parent
REPOSITORY = ROOT.parent.parent
DOMAIN = "fieldday.test"
PROGRAMS = ("operations",)


@dataclass
class Member:
    """One service of the fleet."""

    name: str
    url: str
    variables: dict[str, str]
    output: Path
    limits: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False), repr=False)

    def start(self, *module: str) -> subprocess.Popen[bytes]:
        """Start the service, or another program of it in its place."""
        with self.output.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *(module or ("reference",))],
                cwd=ROOT,
                env=self.variables,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        if not module:
            self.process = process
        return process

    def stop(self) -> None:
        """End it at once, if it runs."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def is_ready(self) -> bool:
        """Whether it may be sent requests."""
        with contextlib.suppress(httpx.TransportError):
            return self.client.get(f"{self.url}/readyz").status_code == 200
        return False

    def megabytes(self) -> float:
        """How much memory it holds."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024


@dataclass
class Fleet:
    """The services by name, the edge's address, each client's secret, and the databases."""

    members: dict[str, Member]
    edge: str
    secrets: dict[str, str] = field(repr=False)
    postgresql: PostgreSQL = field(repr=False)
    seconds: float = 0.0
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, timeout=30 * PATIENCE), repr=False
    )

    def call(self, method: str, service: str, path: str, **given: Any) -> httpx.Response:
        """A request to a service, past the edge."""
        return self.client.request(method, self.members[service].url + path, **given)

    def client_token(self, name: str) -> dict[str, str]:
        """The header by which a service or an operator signs in."""
        grant = {
            "grant_type": "client_credentials",
            "client_id": name,
            "client_secret": self.secrets[name],
        }
        answer = self.call("POST", "auth", "/v1/token", json=grant)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    @staticmethod
    def eventually(met: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until a condition is met, asking so seldom that no limit is met first."""
        limit = time.monotonic() + PATIENCE * seconds
        while not met():
            assert time.monotonic() < limit, f"{what} within {PATIENCE * seconds} s"
            time.sleep(0.25)

    def restart(self, name: str) -> None:
        """Start a service that is down, and wait until it is ready."""
        self.members[name].start()
        self.eventually(self.members[name].is_ready, 60, f"{name} is ready")

    def execute(self, service: str, statement: str, *values: object) -> list[Any]:
        """What a service's database says to a statement."""
        return self.postgresql.execute(statement, *values, database=_database(service))

    def user(self, **changes: str) -> User:
        """A new user, signed in."""
        name = secrets.token_hex(8)
        new = {
            "name": f"Fleet {name}",
            "email": f"{name}@example.com",
            "password": f"correct horse {name}",
            "birth_date": "1990-05-01",
            **changes,
        }
        made = self.call("POST", "auth", "/v1/users", json=new)
        assert made.status_code == 201, made.text
        grant = {
            "grant_type": "password",
            "username": new["email"],
            "password": new["password"],
        }
        answer = self.call("POST", "auth", "/v1/token", json=grant)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return User(made.json()["id"], new["email"], headers, self)


@dataclass
class User:
    """A user who is signed in."""

    id: str
    email: str
    headers: dict[str, str] = field(repr=False)
    fleet: Fleet = field(repr=False)

    def call(self, method: str, service: str, path: str, **given: Any) -> httpx.Response:
        """A request in the user's name."""
        headers = {**self.headers, **given.pop("headers", {})}
        return self.fleet.call(method, service, path, headers=headers, **given)


def _catalog() -> dict[str, Any]:
    file = REPOSITORY / "catalog.yaml"
    if not file.is_file():
        pytest.skip("catalog.yaml is not here: this is a copy of the service's folder alone")
    yaml = pytest.importorskip("yaml")
    services: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    return services


@pytest.fixture(scope="session")
def fleet(
    postgresql: PostgreSQL,
    valkey: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    """The services, ready. What is not through the edge counts for no address."""
    folder = tmp_path_factory.mktemp("fleet")
    catalog = _catalog()
    client_secrets = {name: secrets.token_hex(16) for name in (*catalog, *PROGRAMS)}
    ports = _free_ports(len(catalog) + 1)
    urls = {name: f"http://127.0.0.1:{port}" for name, port in zip(catalog, ports, strict=False)}
    fleet = Fleet({}, f"http://127.0.0.1:{ports[-1]}", client_secrets, postgresql)
    started = time.monotonic()
    try:
        for name, about in catalog.items():
            postgresql.execute(f"CREATE DATABASE {_database(name)}")
            variables = {
                "PATH": os.environ["PATH"],
                "SERVICE": name,
                "VERSION": "fleet",
                "PORT": urls[name].rsplit(":", 1)[1],
                "DATABASE_URL": postgresql.url_of(_database(name)),
                "CACHE_URL": valkey.url,
                "CACHE_TTL_SECONDS": str(about["cache_ttl_seconds"]),
                "CLIENT_SECRET": client_secrets[name],
                "KEY_ENCRYPTION_KEY": "a key for tests",
                # Twelve services and their tests share this machine with whatever else runs.
                "DEPENDENCY_TIMEOUT_SECONDS": "20",
                "DEPENDENCY_TRY_SECONDS": "10",
            }
            # All check tokens by the keys that auth publishes.
            for other in {*about["depends_on"], "auth"} - {name}:
                variables[f"{other.upper().replace('-', '_')}_URL"] = urls[other]
            if name == "auth":
                digests = {
                    client: hashlib.sha256(secret.encode()).hexdigest()
                    for client, secret in client_secrets.items()
                }
                variables["CLIENT_SECRETS"] = json.dumps(digests)
            limits = {
                "RATE_LIMIT_PER_USER": str(about["rate_limits"]["per_user"]),
                "RATE_LIMIT_PER_IP": str(about["rate_limits"]["per_ip"]),
            }
            variables |= limits
            member = Member(name, urls[name], variables, folder / f"{name}.log", limits)
            fleet.members[name] = member
            member.start()
        pairs = [f"{name}={url}" for name, url in urls.items()]
        edge = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "edge.py"), str(ports[-1]), *pairs]
        )
        try:
            for member in fleet.members.values():
                fleet.eventually(member.is_ready, 120, f"{member.name} is ready")
            fleet.seconds = time.monotonic() - started
            yield fleet
        finally:
            edge.kill()
            edge.wait()
    finally:
        for member in fleet.members.values():
            member.stop()
            member.client.close()
        fleet.client.close()


def _free_ports(count: int) -> list[int]:
    """Ports that are free all at once."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _database(service: str) -> str:
    return f"fleet_{service.replace('-', '_')}"


@pytest.fixture(scope="session")
def offer() -> Callable[..., dict[str, Any]]:
    """A session to offer, in three weeks."""

    def made(**changes: Any) -> dict[str, Any]:
        starts_at = datetime.now(UTC) + timedelta(days=21)
        return {
            "title": "Dawn paddle",
            "activity": "kayaking",
            "spot": "lake-tahoe",
            "starts_at": starts_at.isoformat(),
            "price_cents": 4500,
            **changes,
        }

    return made


@pytest.fixture(scope="session")
def plan() -> Callable[..., dict[str, Any]]:
    """A float plan to file, from now on for three hours."""

    def made(**changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "activity": "kayaking",
            "spot": "lake-tahoe",
            "departs_at": now.isoformat(),
            "returns_at": (now + timedelta(hours=3)).isoformat(),
            "contact": {"name": "Ashore", "address": "ashore@example.com"},
            **changes,
        }

    return made
