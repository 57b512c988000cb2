"""Initializes Airflow: its tables, and the passwords of its users. Run again, it repairs both."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """By user, as SimpleAuthManager reads them; the users are `name:role,name:role`."""
    users = environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(",")
    password = environment["AIRFLOW_PASSWORD"]
    return {user.partition(":")[0]: password for user in users}


def main() -> None:
    """Raises CalledProcessError: the database cannot be migrated."""
    subprocess.run(("airflow", "db", "migrate"), check=True)
    file = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    file.write_text(json.dumps(passwords(os.environ)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
