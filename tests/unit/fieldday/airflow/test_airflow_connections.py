"""Airflow's connections, given as Airflow reads them from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.sdk import Connection
from kubernetes.client import Configuration

from fieldday.airflow import connections
from fieldday.errors import Permanent
from fieldday.kubernetes.client import Client
from fieldday.releases.helm import Helm
from fieldday.settings import Settings

Connect = Callable[..., None]
SETTINGS = Settings.from_env({"FIELDDAY_DOMAIN": "fieldday.localhost"})
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "contexts": [{"name": n, "context": {"cluster": n, "user": "u"}} for n in ("one", "two")],
    "clusters": [
        {"name": name, "cluster": {"server": f"https://{name}.example"}} for name in ("one", "two")
    ],
    "users": [{"name": "u", "user": {"token": "secret"}}],
}


def kubernetes(connect: Connect, **extra: Any) -> None:
    connect("kubernetes_default", conn_type="kubernetes", extra=extra)


def server(client: Client) -> str:
    """Which API server the client talks to."""
    api: Any = client.api
    return str(api.configuration.host)


def helm_server(helm: Helm) -> str:
    """Which API server Helm would talk to, as its manual says of these options."""
    kubeconfig = yaml.safe_load(Path(helm.env["KUBECONFIG"]).read_text())
    options = dict(zip(helm.options[::2], helm.options[1::2], strict=True))
    name = options.get("--kube-context", kubeconfig["current-context"])
    (cluster,) = (c["context"]["cluster"] for c in kubeconfig["contexts"] if c["name"] == name)
    (url,) = (c["cluster"]["server"] for c in kubeconfig["clusters"] if c["name"] == cluster)
    return str(url)


def test_a_kubeconfig_is_named_by_its_path(connect: Connect) -> None:
    kubernetes(connect, kube_config_path="/etc/kubeconfig")
    with connections.cluster(SETTINGS, "staging") as cluster:
        assert cluster.environment == "staging"
        assert cluster.helm.environment == "staging"
        assert cluster.helm.env == {"KUBECONFIG": "/etc/kubeconfig"}


@pytest.mark.parametrize("content", [KUBECONFIG, yaml.safe_dump(KUBECONFIG)])
def test_a_kubeconfig_is_given_by_its_content(connect: Connect, content: object) -> None:
    kubernetes(connect, kube_config=content)
    with connections.cluster(SETTINGS, "production") as cluster:
        file = Path(cluster.helm.env["KUBECONFIG"])
        assert server(cluster.client) == helm_server(cluster.helm) == "https://one.example"
        assert yaml.safe_load(file.read_text()) == KUBECONFIG
        # It holds credentials.
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0
    assert not file.parent.exists()


def test_the_content_is_gone_after_an_error_too(connect: Connect) -> None:
    kubernetes(connect, kube_config=KUBECONFIG)
    used: list[Path] = []

    def work() -> None:
        with connections.cluster(SETTINGS, "production") as cluster:
            used.append(Path(cluster.helm.env["KUBECONFIG"]))
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        work()
    assert not used[0].exists()


def test_within_a_cluster_its_service_account_is_taken(connect: Connect) -> None:
    kubernetes(connect, in_cluster=True, kube_config_path="")
    with connections.cluster(SETTINGS, "production") as cluster:
        # Not the kubeconfig that the worker may have in its environment.
        assert cluster.helm.env == {"KUBECONFIG": os.devnull}


@pytest.mark.parametrize(
    ("extra", "kubeconfig"),
    [
        ({"extra__kubernetes__kube_config_path": "/old"}, "/old"),
        ({"extra__kubernetes__in_cluster": True}, os.devnull),
        ({"extra__kubernetes__kube_config_path": "/old", "kube_config_path": "/new"}, "/new"),
    ],
)
def test_fields_with_the_prefix_of_older_providers(
    connect: Connect, extra: dict[str, Any], kubeconfig: str
) -> None:
    kubernetes(connect, **extra)
    with connections.cluster(SETTINGS, "production") as cluster:
        assert cluster.helm.env == {"KUBECONFIG": kubeconfig}


def test_a_connection_that_names_no_cluster_says_what_to_set(connect: Connect) -> None:
    kubernetes(connect, in_cluster=False)
    with (
        pytest.raises(Permanent, match=r"kubernetes_default: names no cluster\. Set its"),
        connections.cluster(SETTINGS, "production"),
    ):
        pass


@pytest.mark.parametrize("given", ["path", "content"])
async def test_helm_and_both_clients_use_the_context_of_the_connection(
    connect: Connect, tmp_path: Path, given: str
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(KUBECONFIG))
    extra = {"kube_config_path": str(file)} if given == "path" else {"kube_config": KUBECONFIG}
    kubernetes(connect, **extra, cluster_context="two")
    with connections.cluster(SETTINGS, "production") as cluster:
        assert cluster.helm.options == ("--kube-context", "two")
        assert server(cluster.client) == helm_server(cluster.helm) == "https://two.example"
    async with connections.async_kubernetes() as api:
        client: Any = api
        assert client.configuration.host == "https://two.example"


def test_within_a_cluster_there_is_no_other_context(connect: Connect) -> None:
    kubernetes(connect, in_cluster=True, cluster_context="two")
    with connections.cluster(SETTINGS, "production") as cluster:
        assert cluster.helm.options == ()


@pytest.mark.parametrize(("disabled", "verified"), [(True, False), ("true", False), (False, True)])
async def test_all_check_the_certificate_or_none(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, disabled: object, verified: bool
) -> None:
    monkeypatch.setattr(Configuration, "_default", None)
    kubernetes(connect, kube_config=KUBECONFIG, disable_verify_ssl=disabled)
    with connections.cluster(SETTINGS, "production") as cluster:
        api: Any = cluster.client.api
        assert api.configuration.verify_ssl is verified
        assert ("--kube-insecure-skip-tls-verify" in cluster.helm.options) is not verified
    async with connections.async_kubernetes() as found:
        api = found
        assert api.configuration.verify_ssl is verified


def test_a_context_that_the_kubeconfig_does_not_have_says_so(connect: Connect) -> None:
    kubernetes(connect, kube_config=KUBECONFIG, cluster_context="three")
    with (
        connections.cluster(SETTINGS, "production") as cluster,
        pytest.raises(
            Permanent, match=r"kubernetes_default: its kubeconfig cannot be used .*three"
        ),
    ):
        cluster.client.get("Lease", "x")


def test_a_connection_that_names_two_clusters_says_so(connect: Connect) -> None:
    kubernetes(connect, in_cluster=True, kube_config_path="/kube")
    with (
        pytest.raises(Permanent, match="has both in_cluster and kube_config_path"),
        connections.cluster(SETTINGS, "production"),
    ):
        pass


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "10.0.0.1", "port": 8428}, "http://10.0.0.1:8428"),
        ({"host": "10.0.0.1"}, "http://10.0.0.1"),
        ({"host": "metrics", "port": 443, "schema": "https"}, "https://metrics:443"),
        ({"host": "https://metrics.example"}, "https://metrics.example"),
        ({"host": "https://metrics.example/", "schema": "http"}, "https://metrics.example"),
        ({"host": "http://metrics", "port": 9090}, "http://metrics:9090"),
    ],
)
def test_an_address_is_made_of_what_a_connection_has(fields: dict[str, Any], url: str) -> None:
    given = json.dumps({"conn_type": "http", **fields})
    assert connections.http_url(Connection.from_json(given, conn_id="x")) == url


def test_the_edge_is_where_users_requests_enter(connect: Connect) -> None:
    connect("edge_default", conn_type="http", host="127.0.0.1", port=18080)
    edge = connections.edge(SETTINGS)
    assert edge.url == "http://127.0.0.1:18080"
    assert edge.host("api", "staging") == "api.staging.fieldday.localhost"


@pytest.mark.parametrize(
    ("fields", "registry"),
    [
        ({"host": "127.0.0.1", "port": 5000}, "127.0.0.1:5000"),
        ({"host": "registry.example"}, "registry.example"),
    ],
)
def test_the_registry_is_a_host(connect: Connect, fields: dict[str, Any], registry: str) -> None:
    connect("registry_default", conn_type="generic", **fields)
    assert connections.registry() == registry


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("registry_default", connections.registry),
        ("edge_default", lambda: connections.edge(SETTINGS)),
    ],
)
def test_a_connection_without_a_host_says_so(
    connect: Connect, name: str, read: Callable[[], object]
) -> None:
    connect(name, conn_type="generic")
    with pytest.raises(Permanent, match=f"{name}: names no host. Set its host"):
        read()
