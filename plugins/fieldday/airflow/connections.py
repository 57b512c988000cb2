"""Airflow's connections, as the library needs them. Read when a task runs, never when parsed.

kubernetes_default   the cluster: a kubeconfig's path or content, or in-cluster
prometheus_default   any Prometheus-compatible endpoint
edge_default         where users' requests enter
registry_default     the OCI registry that images are pushed to
aws_default          S3 for the evidence and Terraform's state; what `provision` changes
pushgateway_default  where metrics are pushed: a Pushgateway, or what takes the same requests
approvals_default    the key that signs approvals, as its password; kept in the secrets backend,
                     so that nobody who may edit connections can replace it
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.sdk import BaseHook, Connection

from fieldday.end_to_end.probe import Edge
from fieldday.errors import Permanent
from fieldday.releases.cluster import Cluster
from fieldday.settings import Settings

KUBERNETES = "kubernetes_default"
PROMETHEUS = "prometheus_default"
EDGE = "edge_default"
REGISTRY = "registry_default"
AWS = "aws_default"
PUSHGATEWAY = "pushgateway_default"
APPROVALS = "approvals_default"


@contextlib.contextmanager
def cluster(settings: Settings, environment: str) -> Iterator[Cluster]:
    """The cluster of `kubernetes_default`, on the namespace of that environment."""
    extra = BaseHook.get_connection(KUBERNETES).extra_dejson
    path, content = (_field(extra, name) for name in ("kube_config_path", "kube_config"))
    if _field(extra, "in_cluster"):
        # Without a kubeconfig, helm and kubectl take the pod's service account.
        yield Cluster.of(settings, environment, {"KUBECONFIG": os.devnull})
    elif path:
        yield Cluster.of(settings, environment, {"KUBECONFIG": str(path)})
    elif content:
        text = content if isinstance(content, str) else json.dumps(content)
        with tempfile.TemporaryDirectory(prefix="fieldday-") as folder:
            file = Path(folder) / "kubeconfig"
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            yield Cluster.of(settings, environment, {"KUBECONFIG": str(file)})
    else:
        msg = (
            f"{KUBERNETES}: names no cluster. Set its kube_config_path, kube_config or in_cluster."
        )
        raise Permanent(msg)


def edge(settings: Settings) -> Edge:
    """Where users' requests enter."""
    return Edge(http_url(BaseHook.get_connection(EDGE)), settings.releases.domain)


def registry() -> str:
    """The registry as `host:port`. Raises `Permanent`: the connection has no host."""
    connection = BaseHook.get_connection(REGISTRY)
    host = _host(connection)
    return f"{host}:{connection.port}" if connection.port else host


def approval_key() -> str:
    """The key that signs approvals. Raises `Permanent`: it is too short."""
    from fieldday.approvals import check_key

    return check_key(BaseHook.get_connection(APPROVALS).password or "")


def push_url() -> str:
    """Where metrics are pushed. The extra's `path` is put before what a Pushgateway has."""
    connection = BaseHook.get_connection(PUSHGATEWAY)
    return http_url(connection) + str(connection.extra_dejson.get("path", ""))


def http_url(connection: Connection) -> str:
    """The address of a connection of type http. Raises `Permanent`: it has none."""
    host = _host(connection).rstrip("/")
    if "://" not in host:
        host = f"{connection.schema or 'http'}://{host}"
    return f"{host}:{connection.port}" if connection.port else host


def _host(connection: Connection) -> str:
    if not connection.host:
        msg = f"{connection.conn_id}: names no host. Set its host."
        raise Permanent(msg)
    return str(connection.host)


def _field(extra: dict[str, Any], name: str) -> Any:
    """Older versions of the provider wrote the fields with a prefix."""
    return extra.get(name) or extra.get(f"extra__kubernetes__{name}")
