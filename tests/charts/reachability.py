"""Which pod may reach which by a set of network policies, as Kubernetes defines it.

https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod that no policy of
a direction selects is open in it; else what any of them permits is permitted; a connection needs
both ends. Pods of one namespace, and label selectors of matchLabels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.charts.policies import selects
from tests.charts.rendering import Object


@dataclass(frozen=True)
class Pod:
    """One kind of pod."""

    labels: Object
    ports: tuple[tuple[str, int], ...] = ()
    """The names and numbers of what it listens on."""

    @classmethod
    def of(cls, template: Object) -> Pod:
        """The pods that a template gives."""
        (container,) = template["spec"]["containers"]
        ports = ((port["name"], port["containerPort"]) for port in container.get("ports", ()))
        return cls(template["metadata"]["labels"], tuple(ports))


def reaches(policies: Iterable[Object], source: Pod, target: Pod) -> bool:
    """Whether `source` may connect to each port of `target`."""
    specs = [policy["spec"] for policy in policies]
    return bool(target.ports) and all(
        _permits(specs, "Egress", "to", source, target, port)
        and _permits(specs, "Ingress", "from", target, source, port)
        for port in target.ports
    )


def _permits(
    specs: list[Object], direction: str, peers: str, own: Pod, other: Pod, port: tuple[str, int]
) -> bool:
    mine = [
        spec
        for spec in specs
        if selects(spec["podSelector"], own.labels) and direction in spec["policyTypes"]
    ]
    rules = [rule for spec in mine for rule in spec.get(direction.lower()) or ()]
    return not mine or any(_fits(rule, peers, other, port) for rule in rules)


def _fits(rule: Object, peers: str, other: Pod, port: tuple[str, int]) -> bool:
    ports: list[Any] = [given["port"] for given in rule.get("ports", ()) if "port" in given]
    if ports and not set(ports) & set(port):
        return False
    # Pods of another namespace and addresses outside the cluster are not asked after here.
    return not rule.get(peers) or any(
        selects(peer["podSelector"], other.labels)
        for peer in rule[peers]
        if "podSelector" in peer and "namespaceSelector" not in peer
    )
