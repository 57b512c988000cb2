"""The Secrets with the addresses of the services' stores, and with their credentials.

On AWS the External Secrets operator fills them from Secrets Manager. The charts name them
`fieldday-<service>` in both cases.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import yaml

from sandbox.kubernetes import apply, kubectl
from sandbox.parts import postgresql, valkey
from sandbox.parts.context import Context
from sandbox.parts.services import ENVIRONMENTS, services

OPERATOR = "operations"
_LABELS = {"app.kubernetes.io/part-of": "fieldday"}


def ensure(context: Context) -> None:
    """Create or repair the Secret of each service in each environment. Raises SandboxError."""
    documents = [
        manifest(context, service, environment)
        for service in services()
        for environment in ENVIRONMENTS
    ]
    # Reading is quicker than applying all of them each time.
    there = _there(context)
    wrong = [item for item in documents if there.get(_key(item)) != item["stringData"]]
    if wrong:
        apply(context, yaml.safe_dump_all(wrong))


def _there(context: Context) -> dict[tuple[str, str], dict[str, str]]:
    """The content of the existing Secrets, by namespace and name."""
    selector = ",".join(f"{key}={value}" for key, value in _LABELS.items())
    text = kubectl(context, "get", "secrets", "--all-namespaces", "-l", selector, "-o", "json")
    return {
        _key(item): {
            name: base64.b64decode(value).decode(errors="replace")
            for name, value in (item.get("data") or {}).items()
        }
        for item in json.loads(text)["items"]
    }


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]


def manifest(context: Context, service: str, environment: str) -> dict[str, Any]:
    """The Secret `fieldday-<service>` in the environment's namespace."""
    content = {
        "DATABASE_URL": postgresql.url(context, postgresql.database(service, environment)),
        "CACHE_URL": valkey.url(context, service, environment),
        "CLIENT_SECRET": _client_secret(context, service, environment),
    }
    if service == "auth":
        content |= _of_auth(context, environment)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"fieldday-{service}",
            "namespace": environment,
            "labels": _LABELS,
        },
        "type": "Opaque",
        "stringData": content,
    }


def operator_secret(context: Context, environment: str) -> str:
    """The secret of the client `operations`, with which an operator gets a token from `auth`."""
    return _client_secret(context, OPERATOR, environment)


def _of_auth(context: Context, environment: str) -> dict[str, str]:
    """What only `auth` has: its clients' secrets, and the key that encrypts its signing keys."""
    clients = {
        name: hashlib.sha256(_client_secret(context, name, environment).encode()).hexdigest()
        for name in (*services(), OPERATOR)
    }
    return {
        "CLIENT_SECRETS": json.dumps(clients),
        "KEY_ENCRYPTION_KEY": context.secrets[f"key-encryption-{environment}"],
    }


def _client_secret(context: Context, client: str, environment: str) -> str:
    return context.secrets[f"client-{client}-{environment}"]
