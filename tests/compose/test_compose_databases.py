"""The script that makes the databases, against a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.parts import postgresql
from sandbox.parts.unprivileged import command_prefix, own
from tests.compose.reading import ROOT, containers
from tests.patience import PATIENCE

NAMES = containers()["databases"]["environment"]["DATABASES"].split()
SCRIPT = ROOT / "compose" / "databases.sh"


@pytest.fixture(scope="module", name="port")
def _port() -> Iterator[int]:
    """PostgreSQL on a free port, without fsync: nothing here has to last."""
    programs = postgresql.programs()
    prefix = command_prefix(programs / "postgres")
    folder = Path(tempfile.mkdtemp(prefix="compose-postgresql-"))
    own(folder)
    data, password = folder / "data", folder / "password"
    password.write_text("superuser")
    own(password)
    initdb = (*prefix, str(programs / "initdb"), "-D", str(data), "-U", "postgres")
    initdb += (f"--pwfile={password}", "--auth=scram-sha-256", "--no-sync", "--locale=C.UTF-8")
    subprocess.run(initdb, check=True, capture_output=True, timeout=60 * PATIENCE, cwd="/")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [*prefix, str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for setting in ("unix_socket_directories=", "fsync=off", "listen_addresses=127.0.0.1"):
        command += ["-c", setting]
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        _wait(programs, port)
        yield port
    finally:
        server.terminate()
        server.wait(20 * PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(programs: Path, port: int) -> None:
    limit = time.monotonic() + 20 * PATIENCE
    ready = (str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port))
    while subprocess.run(ready, check=False, timeout=5 * PATIENCE).returncode != 0:
        assert time.monotonic() < limit, "PostgreSQL answers within 20 s"
        time.sleep(0.05)


def _make(port: int, password: str, names: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{postgresql.programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": "postgres",
        "PGPASSWORD": "superuser",
        "ROLE_PASSWORD": password,
        "DATABASES": " ".join(names),
    }
    return subprocess.run(
        ["sh", str(SCRIPT)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
    )


def _connect(port: int, user: str, password: str, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=port, user=user, password=password, dbname=database
    )


def test_it_makes_all_of_them_and_nothing_twice(port: int) -> None:
    first = _make(port, "one", NAMES)
    assert (first.returncode, first.stderr) == (0, "")
    assert f"{len(NAMES)} are there" in first.stdout
    with _connect(port, NAMES[0], "one", NAMES[0]) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    # Done again it keeps what is there, and takes a password that was changed in .env.
    again = _make(port, "two", NAMES)
    assert (again.returncode, again.stderr) == (0, "")
    for name in NAMES:
        with _connect(port, name, "two", name) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS own (id int)")
    with _connect(port, NAMES[0], "two", NAMES[0]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_service_cannot_enter_anothers(port: int) -> None:
    assert _make(port, "two", NAMES[:2]).returncode == 0
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        _connect(port, NAMES[0], "two", NAMES[1])


def test_a_password_that_would_break_a_url_is_refused(port: int) -> None:
    refused = _make(port, "p@ss/word", NAMES[:1])
    assert refused.returncode == 2
    assert refused.stderr.startswith("SERVICES_PASSWORD: stands in URLs.")
