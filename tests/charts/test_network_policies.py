"""Who can reach whom by the rendered policies is what the catalogue says, and no more."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldday import catalog
from tests.charts.policies import pods
from tests.charts.reachability import Pod, reaches
from tests.charts.rendering import (
    ROOT,
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
)

STORE_PORTS = {"postgresql": 5432, "redis": 6379}
STORES_NETWORK = "10.0.0.0/16"
OWN_NETWORKS = {
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    # Shared addresses and the cloud's metadata.
    *("100.64.0.0/10", "169.254.0.0/16"),
}


def _render(helm: Helm, service: str) -> list[Object]:
    return helm.render(service, ("production",), with_candidate(10))


def _policy(objects: list[Object], name: str) -> dict[str, Any]:
    spec: dict[str, Any] = one(objects, "NetworkPolicy", name)["spec"]
    return spec


def test_who_reaches_whom_is_what_the_catalogue_says(helm: Helm) -> None:
    """Every kind of pod of every service: both tracks, cron tasks, and the chart's test."""
    everything = [item for name in SERVICES for item in _render(helm, name)]
    policies = of_kind(everything, "NetworkPolicy")
    found = [Pod.of(template) for _, template in pods(everything)]
    name = "app.kubernetes.io/name"
    reachable = {
        (source.labels[name], target.labels[name])
        for source in found
        for target in found
        if reaches(policies, source, target)
    }
    loaded = catalog.load()
    edges = {(one, other) for one in loaded.names for other in loaded[one].depends_on}
    assert reachable == edges | {(f"{one}-test", one) for one in loaded.names}
    # Not only some of a service's pods: all that may call, and all that are called.
    for source in found:
        for target in found:
            if (source.labels[name], target.labels[name]) in reachable and target.ports:
                assert reaches(policies, source, target)


def test_without_policies_everyone_reaches_everyone(helm: Helm) -> None:
    """The calculation itself: it finds an edge where nothing forbids one."""
    everything = [item for name in ("auth", "conditions") for item in _render(helm, name)]
    policies = of_kind(everything, "NetworkPolicy")
    auth, conditions = (
        Pod.of(one(everything, "Deployment", f"fieldday-{name}")["spec"]["template"])
        for name in ("auth", "conditions")
    )
    assert not reaches(policies, auth, conditions)
    assert reaches([], auth, conditions)
    # One end that is open is not enough.
    assert not reaches([_named(policies, "auth")], auth, conditions)
    assert not reaches([_named(policies, "conditions")], auth, conditions)


def _named(policies: list[Object], service: str) -> Object:
    return one(policies, "NetworkPolicy", f"fieldday-{service}")


@pytest.mark.parametrize("service", SERVICES)
def test_a_peer_is_named_as_its_services_select_it(helm: Helm, service: str) -> None:
    """Amazon's VPC CNI opens a Service's own address only where its selector has all the labels.

    https://github.com/aws/amazon-network-policy-controller-k8s/issues/224
    """
    targets = of_kind(_render(helm, service), "Service")
    loaded = catalog.load()
    callers = [service, *(name for name in loaded.names if service in loaded[name].depends_on)]
    peers = [
        peer["podSelector"]["matchLabels"]
        for caller in callers
        for policy in of_kind(_render(helm, caller), "NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        for peer in rule["to"]
        if "podSelector" in peer and "namespaceSelector" not in peer
    ]
    mine = [peer for peer in peers if peer["app.kubernetes.io/name"] == service]
    # Its callers', and its test's.
    assert len(mine) == len(callers)
    for peer in mine:
        assert all(peer.items() <= target["spec"]["selector"].items() for target in targets)


def _addresses(policy: Object) -> list[tuple[Object, int]]:
    """What a service may call by address and TCP, but for names."""
    return [
        (peer["ipBlock"], port["port"])
        for rule in policy["egress"]
        for peer in rule["to"]
        for port in rule["ports"]
        if "ipBlock" in peer and port["port"] != 53
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_besides_services_a_service_calls_its_stores_aws_and_hosts_outside(
    helm: Helm, service: str
) -> None:
    entry = catalog.load()[service]
    addresses = _addresses(_policy(_render(helm, service), f"fieldday-{service}"))
    stores = [port for block, port in addresses if block == {"cidr": STORES_NETWORK}]
    # By HTTPS it gets its role's credentials from STS, whose endpoint is in that network.
    assert sorted(stores) == sorted(
        [443, *(STORE_PORTS[store] for store in entry.stores if store in STORE_PORTS)]
    )
    outside = [(block, port) for block, port in addresses if block["cidr"] == "0.0.0.0/0"]
    assert len(addresses) == len(stores) + len(outside)
    # S3's gateway endpoint keeps S3's public addresses.
    assert len(outside) == bool(entry.calls_outside or "s3" in entry.stores)
    for block, port in outside:
        assert (set(block["except"]), port) == (OWN_NETWORKS, 443)


def test_without_a_role_nothing_is_asked_of_aws(helm: Helm) -> None:
    policy = _policy(helm.render("auth", ("development",)), "fieldday-auth")
    assert {port for _, port in _addresses(policy)} == {5432, 6379}


def test_names_are_looked_up_wherever_the_cluster_does_that(helm: Helm) -> None:
    """By pods of kube-dns, by a cache on the node, or by Cloud DNS, as GKE does."""
    policies = of_kind(_render(helm, "auth"), "NetworkPolicy")
    assert policies
    for policy in policies:
        (rule,) = [r for r in policy["spec"]["egress"] if "namespaceSelector" in r["to"][0]]
        assert {(port["protocol"], port["port"]) for port in rule["ports"]} == {
            ("UDP", 53),
            ("TCP", 53),
        }
        assert rule["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
        assert [peer["ipBlock"]["cidr"] for peer in rule["to"][1:]] == [
            "169.254.20.10/32",
            "169.254.169.254/32",
        ]


def test_a_cluster_may_need_more(helm: Helm, tmp_path: Path) -> None:
    metadata = {
        "to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}],
        "ports": [{"protocol": "TCP", "port": 80}],
    }
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({"networkPolicy": {"extraEgress": [metadata]}}))
    objects = helm.render("auth", ("production",), files=[file])
    assert metadata in _policy(objects, "fieldday-auth")["egress"]
    assert metadata not in _policy(_render(helm, "auth"), "fieldday-auth")["egress"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_networks_are_those_that_terraform_makes(helm: Helm, environment: str) -> None:
    variables = (ROOT / "terraform" / "environments" / f"{environment}.tfvars").read_text()
    (cidr,) = re.findall(r'^vpc_cidr\s*= "(.*)"', variables, re.MULTILINE)
    policy = _policy(helm.render("auth", (environment,)), "fieldday-auth")
    stores = {block["cidr"] for block, _ in _addresses(policy)}
    edges = [peer["ipBlock"] for peer in policy["ingress"][0]["from"] if "ipBlock" in peer]
    network = ipaddress.ip_network(cidr)
    assert stores == {cidr}
    (edge,) = [ipaddress.ip_network(block["cidr"]) for block in edges]
    assert isinstance(edge, ipaddress.IPv4Network)
    assert isinstance(network, ipaddress.IPv4Network)
    assert edge.subnet_of(network)


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("http://collector.monitoring:14318", 14318), ("http://collector.monitoring", 4318)],
)
def test_traces_reach_their_collector_where_there_is_one(
    helm: Helm, endpoint: str, port: int
) -> None:
    objects = helm.render("auth", ("production",), (f"tracing.endpoint={endpoint}",))
    assert one(objects, "ConfigMap", "fieldday-auth")["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == (
        endpoint
    )
    monitoring = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    rule = {
        "to": [{"namespaceSelector": monitoring}],
        "ports": [{"protocol": "TCP", "port": port}],
    }
    assert rule in _policy(objects, "fieldday-auth")["egress"]
    assert rule not in _policy(_render(helm, "auth"), "fieldday-auth")["egress"]


def test_the_charts_test_is_none_of_the_services_pods(helm: Helm) -> None:
    objects = _render(helm, "auth")
    (pod,) = of_kind(objects, "Pod")
    labels = pod["metadata"]["labels"]
    services = of_kind(objects, "Service")
    assert services
    for service in services:
        assert not service["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize(
    ("kind", "namespaces", "addresses"),
    [
        ("HTTPRoute", {"monitoring", "fieldday-system"}, set()),
        ("nginx", {"monitoring", "fieldday-system"}, set()),
        ("alb", {"monitoring"}, {"10.0.0.0/20"}),
        ("none", {"monitoring"}, set()),
    ],
)
def test_requests_come_from_the_edge_that_is_used(
    helm: Helm, kind: str, namespaces: set[str], addresses: set[str]
) -> None:
    policy = _policy(helm.render("api", ("production",), with_routing(kind)), "fieldday-api")
    peers = [peer for rule in policy["ingress"] for peer in rule["from"]]
    assert {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for peer in peers
        if "namespaceSelector" in peer
    } == namespaces
    assert {peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer} == addresses
