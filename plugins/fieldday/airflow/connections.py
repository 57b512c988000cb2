"""Airflow's connections, as the library needs them. Read when a task runs, never when parsed.

kubernetes_default   the cluster: a kubeconfig's path or content, or in-cluster
prometheus_default   any Prometheus-compatible endpoint, with its credentials
edge_default         where users' requests enter
registry_default     the OCI registry that images are pushed to
aws_default          S3 for the evidence and Terraform's state; what `provision` changes
pushgateway_default  where metrics are pushed: a Pushgateway, or what takes the same requests
approvals_default    the key that signs approvals, as its password; kept in the secrets backend,
                     so that nobody who may edit connections can replace it
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from airflow.sdk import BaseHook, Connection

from fieldday.end_to_end.probe import Edge
from fieldday.errors import Permanent, quoted
from fieldday.kubernetes.client import Api, Client
from fieldday.metrics.auth import BearerAuth, SigV4Auth
from fieldday.metrics.prometheus import Prometheus
from fieldday.metrics.push import PushGateway
from fieldday.releases.cluster import Cluster
from fieldday.releases.helm import Helm
from fieldday.settings import Settings

KUBERNETES = "kubernetes_default"
PROMETHEUS = "prometheus_default"
EDGE = "edge_default"
REGISTRY = "registry_default"
PUSHGATEWAY = "pushgateway_default"
APPROVALS = "approvals_default"


@contextlib.contextmanager
def cluster(settings: Settings, environment: str) -> Iterator[Cluster]:
    """The cluster of `kubernetes_default`, on the namespace of that environment.

    Helm and the client use the same cluster: as the provider's hook reads the connection.
    Raises `Permanent`: it names none, or more than one.
    """
    access = _KubernetesAccess(BaseHook.get_connection(KUBERNETES).extra_dejson)
    with access.kubeconfig() as path:
        charts, env = settings.checkout / "helm", {"KUBECONFIG": path}
        helm = Helm(charts, environment, settings.releases.helm_overlays, env, access.helm_options)
        yield Cluster(helm, Client(environment, _kubernetes))


@contextlib.asynccontextmanager
async def async_kubernetes() -> AsyncIterator[Api]:
    """The client of `kubernetes_default` for an event loop."""
    # Imported here, where it runs: the task that starts a trigger need not wait for them.
    from airflow.providers.cncf.kubernetes.hooks.kubernetes import AsyncKubernetesHook
    from airflow.providers.common.compat.connection import get_async_connection
    from kubernetes_asyncio.client import Configuration

    access = _KubernetesAccess((await get_async_connection(KUBERNETES)).extra_dejson)
    configuration = Configuration()
    # Unlike the other hook, this one does not read the field.
    configuration.verify_ssl = not access.disable_verify_ssl
    hook = AsyncKubernetesHook(conn_id=KUBERNETES, client_configuration=configuration)
    async with hook.get_conn() as client:
        # Its options have the same names, but are not `**options` to a type checker.
        api: Any = client
        yield api


def _kubernetes() -> Api:
    # Imported here: it is slow to import, and not every task needs it.
    from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
    from kubernetes.config import ConfigException

    try:
        found: Api = KubernetesHook(conn_id=KUBERNETES).get_conn()
    except ConfigException as e:
        msg = f"{KUBERNETES}: its kubeconfig cannot be used ({quoted(str(e), 200)}). Fix it."
        raise Permanent(msg) from e
    return found


@dataclass(frozen=True)
class _KubernetesAccess:
    """The extra of `kubernetes_default`, for what does not read it through the provider's hook."""

    extra: dict[str, Any]

    @contextlib.contextmanager
    def kubeconfig(self) -> Iterator[str]:
        """The path of the kubeconfig while it is needed. Raises `Permanent`."""
        names = ("in_cluster", "kube_config_path", "kube_config")
        given = [name for name in names if self._field(name)]
        if len(given) != 1:
            problem = f"has both {' and '.join(given)}" if given else "names no cluster"
            msg = f"{KUBERNETES}: {problem}. Set its kube_config_path, kube_config or in_cluster."
            raise Permanent(msg)
        value = self._field(given[0])
        if self._in_cluster:
            # Without a kubeconfig, Helm takes the pod's service account.
            yield os.devnull
        elif given == ["kube_config_path"]:
            yield str(value)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            with tempfile.TemporaryDirectory(prefix="fieldday-") as folder:
                file = Path(folder) / "kubeconfig"
                file.touch(mode=0o600)
                file.write_text(text, encoding="utf-8")
                yield str(file)

    @property
    def helm_options(self) -> tuple[str, ...]:
        """What each call of Helm is given beside the kubeconfig."""
        context = self._field("cluster_context")
        # As the hook does: a pod's service account belongs to one cluster.
        options = ["--kube-context", str(context)] if context and not self._in_cluster else []
        if self.disable_verify_ssl:
            options.append("--kube-insecure-skip-tls-verify")
        return tuple(options)

    @property
    def disable_verify_ssl(self) -> bool:
        """Whether the API server's certificate is not checked."""
        return str(self._field("disable_verify_ssl")).strip().lower() == "true"

    @property
    def _in_cluster(self) -> bool:
        return bool(self._field("in_cluster"))

    def _field(self, name: str) -> Any:
        """As the hook reads it. Older versions of the provider wrote the fields with a prefix."""
        return self.extra.get(name, self.extra.get(f"extra__kubernetes__{name}")) or None


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
