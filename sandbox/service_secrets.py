"""The Secrets from which the services learn where their stores are.

On AWS an operator fills them from Secrets Manager; the charts name them in `secrets.existing`.
"""

from __future__ import annotations

from typing import Any

import yaml

from sandbox.kubernetes import apply
from sandbox.parts import postgresql, valkey
from sandbox.parts.context import Context
from sandbox.parts.services import ENVIRONMENTS, services


def ensure(context: Context) -> None:
    """Make the Secret of each service in each environment. Raises SandboxError."""
    documents = [
        manifest(context, service, environment)
        for service in services()
        for environment in ENVIRONMENTS
    ]
    apply(context, yaml.safe_dump_all(documents))


def manifest(context: Context, service: str, environment: str) -> dict[str, Any]:
    """The Secret `fieldday-<service>` in the environment's namespace."""
    database = postgresql.database(service, environment)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"fieldday-{service}",
            "namespace": environment,
            "labels": {"app.kubernetes.io/part-of": "fieldday"},
        },
        "type": "Opaque",
        "stringData": {
            "DATABASE_URL": postgresql.url(context, database),
            "CACHE_URL": valkey.url(context, service, environment),
        },
    }
