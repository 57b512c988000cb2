"""`python -m sandbox.airflow COMPONENT [ARGUMENT ...]`: run that component of Airflow.

Whichever starts first brings the database to the schema of the Airflow that is installed; the
others wait for it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import runpy
import subprocess
import sys

import psycopg
from psycopg import sql

from sandbox.airflow.orphans import end_with_parent

# Third-party modules that DAG files and tasks import: loaded once here, not in each forked
# process, where it would take a third of a task's own time. None of ours: those may change.
_FORKING = ("scheduler", "dag-processor")
_SHARED = (
    "airflow.providers.amazon.aws.hooks.base_aws",
    "airflow.providers.standard.operators.hitl",
)
# From empty it takes 9 s on a laptop; a large database from an earlier version takes longer.
_MIGRATION_SECONDS = 300
# Any number that nobody else locks in this database; Airflow's own are hashes of strings.
_MIGRATION_LOCK = 20_260_704


def main() -> None:
    """Migrate, then become Airflow."""
    migrate([sys.executable, "-m", "airflow"])
    end_with_parent()
    if sys.argv[1] in _FORKING:
        for name in _SHARED:
            importlib.import_module(name)
    sys.argv[0] = "airflow"
    # In this process, so that the request for its children applies.
    runpy.run_module("airflow", run_name="__main__")


def migrate(command: list[str]) -> None:
    """Create or migrate Airflow's tables, unless this version did so before.

    The version is remembered in the database itself, so it is lost and found with it.
    """
    version = f"airflow {importlib.metadata.version('apache-airflow-core')}"
    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2:", ":", 1)
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
        connection.execute(sql.SQL("SET lock_timeout = '{}s'").format(_MIGRATION_SECONDS))
        # Released by the server when this connection closes, however that happens.
        connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        name = connection.info.dbname
        if connection.execute(query, (name,)).fetchone() == (version,):
            return
        subprocess.run([*command, "db", "migrate"], check=True, timeout=_MIGRATION_SECONDS)
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), version)
        )


if __name__ == "__main__":
    main()
