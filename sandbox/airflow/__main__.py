"""`python -m sandbox.airflow COMPONENT [ARGUMENT ...]`: become that component of Airflow.

Before that it ends what a killed predecessor left running, and the API server, on which all
others wait, brings the database to the schema of the Airflow that is installed.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from sandbox.leftovers import take_over

# Both from empty and from an earlier version; it takes 9 s on a laptop.
_MIGRATION_SECONDS = 300


def main() -> None:
    """Prepare, and replace this process by Airflow's."""
    component, *arguments = sys.argv[1:]
    take_over(Path(os.environ["AIRFLOW_HOME"]) / f"{component}.group")
    command = [sys.executable, "-m", "airflow"]
    if component == "api-server":
        migrate(command)
    os.execv(sys.executable, [*command, component, *arguments])  # noqa: S606


def migrate(command: list[str]) -> None:
    """Make or migrate Airflow's tables, unless this version did so before.

    The version is remembered in the database itself, so it is lost and found with it.
    """
    version = f"airflow {importlib.metadata.version('apache-airflow-core')}"
    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2:", ":", 1)
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
        name = connection.info.dbname
        if connection.execute(query, (name,)).fetchone() == (version,):
            return
        subprocess.run([*command, "db", "migrate"], check=True, timeout=_MIGRATION_SECONDS)
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), version)
        )


if __name__ == "__main__":
    main()
