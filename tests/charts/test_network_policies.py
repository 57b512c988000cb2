"""Who can reach whom by the rendered policies is what the catalogue says, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from fieldday import catalog
from tests.charts.policies import pods
from tests.charts.reachability import Pod, reaches
from tests.charts.rendering import (
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
)

STORE_PORTS = {"postgresql": 5432, "redis": 6379, "s3": 443}
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
def test_besides_services_a_service_calls_dns_its_stores_and_hosts_outside(
    helm: Helm, service: str
) -> None:
    policy = _policy(_render(helm, service), f"fieldday-{service}")
    entry = catalog.load()[service]
    addresses = [
        (rule["to"][0]["ipBlock"], port["port"])
        for rule in policy["egress"]
        for port in rule["ports"]
        if "ipBlock" in rule["to"][0]
    ]
    stores = [port for block, port in addresses if block == {"cidr": "10.0.0.0/8"}]
    assert sorted(stores) == sorted(STORE_PORTS[store] for store in entry.stores)
    outside = [(block, port) for block, port in addresses if block["cidr"] == "0.0.0.0/0"]
    assert len(addresses) == len(stores) + len(outside)
    assert len(outside) == bool(entry.calls_outside)
    for block, port in outside:
        assert (set(block["except"]), port) == (OWN_NETWORKS, 443)
    (names,) = [rule for rule in policy["egress"] if "namespaceSelector" in rule["to"][0]]
    assert {(port["protocol"], port["port"]) for port in names["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }


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
    for service in of_kind(objects, "Service"):
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
