"""Who can reach whom by the rendered policies is what the catalogue says, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from fieldday import catalog
from tests.charts.policies import selects
from tests.charts.rendering import (
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
)

STORE_PORTS = {"postgresql": 5432, "redis": 6379}


def _rendered(helm: Helm) -> dict[str, list[Object]]:
    return {name: helm.render(name, ("production",), with_candidate(10)) for name in SERVICES}


def _policy(objects: list[Object]) -> dict[str, Any]:
    (policy,) = of_kind(objects, "NetworkPolicy")
    spec: dict[str, Any] = policy["spec"]
    return spec


def _permits(rules: list[Object], peers: str, labels: Object) -> bool:
    """Whether a rule permits pods with these labels, of the same namespace."""
    return any(
        "namespaceSelector" not in peer and selects(peer["podSelector"], labels)
        for rule in rules
        for peer in rule[peers]
        if "podSelector" in peer
    )


@pytest.mark.parametrize("track", ["", "-candidate"])
def test_the_edges_between_services_are_the_catalogues(helm: Helm, track: str) -> None:
    rendered = _rendered(helm)
    labels = {
        name: one(objects, "Deployment", f"fieldday-{name}{track}")["spec"]["template"]["metadata"][
            "labels"
        ]
        for name, objects in rendered.items()
    }
    policies = {name: _policy(objects) for name, objects in rendered.items()}
    reachable = {
        (source, target)
        for source in SERVICES
        for target in SERVICES
        if _permits(policies[source]["egress"], "to", labels[target])
        and _permits(policies[target]["ingress"], "from", labels[source])
    }
    loaded = catalog.load()
    assert reachable == {
        (name, other) for name in loaded.names for other in loaded[name].depends_on
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_policy_covers_both_tracks(helm: Helm, service: str) -> None:
    objects = helm.render(service, ("production",), with_candidate(10))
    selector = _policy(objects)["podSelector"]
    for deployment in of_kind(objects, "Deployment"):
        assert selects(selector, deployment["spec"]["template"]["metadata"]["labels"])


@pytest.mark.parametrize("service", SERVICES)
def test_besides_services_a_service_calls_dns_and_its_stores(helm: Helm, service: str) -> None:
    policy = _policy(helm.render(service, ("production",)))
    outside = [rule for rule in policy["egress"] if "ipBlock" in rule["to"][0]]
    stores = catalog.load()[service].stores
    assert sorted(port["port"] for rule in outside for port in rule["ports"]) == sorted(
        STORE_PORTS[store] for store in stores
    )
    (names,) = [rule for rule in policy["egress"] if "namespaceSelector" in rule["to"][0]]
    assert {(port["protocol"], port["port"]) for port in names["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }


def test_the_charts_test_may_ask_the_service(helm: Helm) -> None:
    objects = helm.render("auth", ("production",))
    (pod,) = of_kind(objects, "Pod")
    labels = pod["metadata"]["labels"]
    assert _permits(_policy(objects)["ingress"], "from", labels)
    # It is not one of the service's own pods, so it gets none of its requests.
    assert not selects(_policy(objects)["podSelector"], labels)
    for service in of_kind(objects, "Service"):
        assert not selects({"matchLabels": service["spec"]["selector"]}, labels)


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
    policy = _policy(helm.render("api", ("production",), with_routing(kind)))
    peers = [peer for rule in policy["ingress"] for peer in rule["from"]]
    assert {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for peer in peers
        if "namespaceSelector" in peer
    } == namespaces
    assert {peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer} == addresses
