"""A real API server accepts every object, field by field, and enforces pod security on them."""

from __future__ import annotations

import json

import pytest

from sandbox.kubernetes import kubeconfig
from sandbox.parts.context import Context
from tests.charts.policies import pods
from tests.charts.rendering import (
    ENVIRONMENTS,
    ROUTINGS,
    SERVICES,
    Helm,
    Object,
    in_full,
    of_kind,
    with_routing,
)
from tests.charts.tools import Tool

PLATFORM = "fieldday-system"

pytestmark = pytest.mark.sandbox


class Cluster(Tool):
    """A real API server, asked by kubectl."""

    def dry_run(self, objects: list[Object], *, check: bool = True) -> str:
        """What the server says to these objects, strictly validated, without keeping them."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(map(_admissible, objects))}
        return self.run(
            "apply", "--server-side", "--force-conflicts", "--dry-run=server",
            "--validate=strict", "-f", "-",
            given=json.dumps(listed),
            check=check,
        )  # fmt: skip


def _admissible(item: Object) -> Object:
    """Admission looks up a pod's account, which the chart makes, but a dry run does not."""
    if item["kind"] != "Pod":
        return item
    return item | {"spec": item["spec"] | {"serviceAccountName": "default"}}


@pytest.fixture
def cluster(sandbox: Context) -> Cluster:
    """The sandbox's own."""
    return Cluster(sandbox.layout.bin / "kubectl", kubeconfig(sandbox, "admin"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_server_accepts_every_object(helm: Helm, cluster: Cluster, environment: str) -> None:
    """Each service behind each kind of edge; what does not differ by the edge is asked once."""
    objects = {
        json.dumps(item, sort_keys=True): item
        for service in SERVICES
        for kind in ROUTINGS
        for item in helm.render(service, ENVIRONMENTS[environment], in_full(kind))
    }
    said = cluster.dry_run(list(objects.values()))
    assert said.count("serverside-applied (server dry run)") == len(objects)
    assert "Warning" not in said


def test_the_server_accepts_the_platform(helm: Helm, cluster: Cluster) -> None:
    given = ("gateway.certificate=fieldday-tls", "roles.breakGlass.groups={fieldday:incident}")
    objects = helm.render("platform", (), given, release="platform", namespace=PLATFORM)
    said = cluster.dry_run(objects)
    assert said.count("serverside-applied (server dry run)") == len(objects)
    assert "Warning" not in said


@pytest.mark.parametrize(
    "kind", ["Deployment", "NetworkPolicy", "HTTPRoute", "Service", "ExternalSecret", "CronJob"]
)
def test_the_server_would_refuse_a_slip(helm: Helm, cluster: Cluster, kind: str) -> None:
    objects = helm.render("jobs", ("production",), with_routing("HTTPRoute"))
    item = of_kind(objects, kind)[0]
    item["spec"]["replica"] = 1
    said = cluster.dry_run([item], check=False)
    assert "replica" in said
    assert "serverside-applied" not in said


def test_pods_are_admitted_where_security_is_restricted(helm: Helm, cluster: Cluster) -> None:
    objects = helm.render("jobs", ("production",))
    admitted = [_pod(template, f"pod-{n}") for n, (_, template) in enumerate(pods(objects))]
    said = cluster.dry_run(admitted)
    assert said.count("serverside-applied") == len(admitted) == 2 + len(of_kind(objects, "CronJob"))
    del admitted[0]["spec"]["containers"][0]["securityContext"]
    said = cluster.dry_run(admitted[:1], check=False)
    assert 'violates PodSecurity "restricted' in said


def _pod(template: Object, name: str) -> Object:
    metadata = template["metadata"] | {"name": name, "namespace": "production"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
