"""Airflow's connections, as the library needs them. Read when a task runs, never when parsed.

kubernetes_default   the cluster: a kubeconfig's path or content, or in-cluster
prometheus_default   any Prometheus-compatible endpoint, with its credentials
edge_default         where users' requests enter
registry_default     the OCI registry that images are pushed to
aws_default          S3 for the evidence and Terraform's state; what `provision` changes
pushgateway_default  where metrics are pushed: a Pushgateway, or what takes the same requests
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from airflow.sdk import BaseHook, Connection

from fieldday.end_to_end.probe import Edge
from fieldday.errors import Permanent
from fieldday.metrics.auth import BearerAuth, SigV4Auth
from fieldday.metrics.prometheus import Prometheus
from fieldday.metrics.push import PushGateway
from fieldday.releases.cluster import Cluster
from fieldday.settings import Settings

KUBERNETES = "kubernetes_default"
PROMETHEUS = "prometheus_default"
EDGE = "edge_default"
REGISTRY = "registry_default"
AWS = "aws_default"
PUSHGATEWAY = "pushgateway_default"


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
    return Edge(http_url(BaseHook.get_connection(EDGE)), settings.domain)


def registry() -> str:
    """The registry as `host:port`. Raises `Permanent`: the connection has no host."""
    connection = BaseHook.get_connection(REGISTRY)
    host = _host(connection)
    return f"{host}:{connection.port}" if connection.port else host


def push_gateway() -> PushGateway:
    """Where metrics are pushed. The extra's `path` is put before what a Pushgateway has."""
    connection = BaseHook.get_connection(PUSHGATEWAY)
    return PushGateway(*_metrics_endpoint(connection, connection.extra_dejson))


async def prometheus() -> Prometheus:
    """The endpoint that a trigger queries. The extra's `path` is put before `/api/v1/query`."""
    from airflow.providers.common.compat.connection import (
        get_async_connection,
        get_async_extra_dejson,
    )

    connection = await get_async_connection(PROMETHEUS)
    # Otherwise than by these two, a connection can't be read on the event loop.
    extra = await get_async_extra_dejson(connection)
    return Prometheus(*await asyncio.to_thread(_metrics_endpoint, connection, extra))


def _metrics_endpoint(
    connection: Connection, extra: Mapping[str, Any]
) -> tuple[str, httpx.Auth | None]:
    """The address of a metrics endpoint, and its credentials where it has some.

    Login and password: basic. The extra's `bearer_token`: that. The extra's `aws_region`: requests
    are signed for Amazon Managed Prometheus with the credentials of `aws_default`. Raises
    `Permanent`: there is more than one of these, or `aws_default` has no credentials.
    """
    url = httpx.URL(http_url(connection) + str(extra.get("path", "")).rstrip("/"))
    login, password = connection.login or url.username, connection.password or url.password
    token, region = extra.get("bearer_token"), extra.get("aws_region")
    if sum(map(bool, (login or password, token, region))) > 1:
        msg = f"{connection.conn_id}: has several kinds of credentials. Set login and password, "
        raise Permanent(f"{msg}bearer_token or aws_region.")
    auth: httpx.Auth | None = None
    if login or password:
        auth = httpx.BasicAuth(login, password)
    elif token:
        auth = BearerAuth(str(token))
    elif region:
        from fieldday.airflow.aws import credentials

        auth = SigV4Auth(credentials(), str(region))
    # Errors quote the address.
    return str(url.copy_with(userinfo=b"")), auth


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
