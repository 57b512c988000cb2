"""What the charts render, for every service, environment and kind of routing."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from fieldday.catalog import load
from tests.charts.policies import violations
from tests.charts.rendering import (
    CHARTS,
    ENVIRONMENTS,
    ROUTINGS,
    SERVICES,
    Helm,
    Object,
    in_full,
    of_kind,
    one,
    with_candidate,
    with_routing,
)

WEIGHTS = (0, 10, 100)
DIGEST = "sha256:" + "ab" * 32


def _weights(objects: list[Object], name: str, kind: str) -> Mapping[str, int]:
    """The weight of each Service that the route of that name sends requests to."""
    if kind == "HTTPRoute":
        (rule,) = one(objects, "HTTPRoute", name)["spec"]["rules"]
        return {ref["name"]: ref["weight"] for ref in rule["backendRefs"]}
    if kind == "alb":
        annotations = one(objects, "Ingress", name)["metadata"]["annotations"]
        action = json.loads(annotations["alb.ingress.kubernetes.io/actions.split"])
        targets = action["forwardConfig"]["targetGroups"]
        return {target["serviceName"]: target["weight"] for target in targets}
    canary = one(objects, "Ingress", f"{name}-candidate")["metadata"]["annotations"]
    assert canary["nginx.ingress.kubernetes.io/canary"] == "true"
    weight = int(canary["nginx.ingress.kubernetes.io/canary-weight"])
    return {name: 100 - weight, f"{name}-candidate": weight}


def _hosts(objects: list[Object]) -> set[str]:
    routes = [host for x in of_kind(objects, "HTTPRoute") for host in x["spec"]["hostnames"]]
    ingresses = [rule["host"] for x in of_kind(objects, "Ingress") for rule in x["spec"]["rules"]]
    return {*routes, *ingresses}


@pytest.mark.parametrize("kind", ROUTINGS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_release(helm: Helm, service: str, environment: str, kind: str) -> None:
    """Each service in each environment behind each kind of edge, with a candidate."""
    objects = helm.render(service, ENVIRONMENTS[environment], in_full(kind))
    assert violations(objects) == []
    name = f"fieldday-{service}"
    assert _weights(objects, name, kind) == {name: 90, f"{name}-candidate": 10}
    tier = environment.split()[0]
    suffix = "fieldday.example" if tier == "production" else f"{tier}.fieldday.example"
    assert _hosts(objects) == {f"{service}.{suffix}", f"{service}-preview.{suffix}"}

    for track, version in (("", "0.1.0"), ("-candidate", "2.0.0")):
        deployment = one(objects, "Deployment", name + track)
        pod = deployment["spec"]["template"]
        (container,) = pod["spec"]["containers"]
        assert container["image"] == f"registry.fieldday.example/fieldday/{service}:{version}"
        assert pod["metadata"]["labels"]["app.kubernetes.io/version"] == version
        selector = one(objects, "Service", name + track)["spec"]["selector"]
        assert selector.items() <= pod["metadata"]["labels"].items()
        assert deployment["spec"]["selector"]["matchLabels"] == selector
    identities = [(x["kind"], x["metadata"]["name"]) for x in objects]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("kind", ROUTINGS)
def test_a_weight(helm: Helm, kind: str, weight: int) -> None:
    settings = (*with_routing(kind), *with_candidate(weight))
    weights = _weights(helm.render("api", ("production",), settings), "fieldday-api", kind)
    assert weights == {"fieldday-api": 100 - weight, "fieldday-api-candidate": weight}


@pytest.mark.parametrize("kind", ROUTINGS)
def test_a_release_without_a_candidate(helm: Helm, kind: str) -> None:
    objects = helm.render("api", ("production",), with_routing(kind))
    name = "fieldday-api"
    for single in ("Deployment", "ConfigMap", "PodDisruptionBudget"):
        assert [x["metadata"]["name"] for x in of_kind(objects, single)] == [name]
    if kind == "nginx":
        assert [x["metadata"]["name"] for x in of_kind(objects, "Ingress")] == [name]
    else:
        assert _weights(objects, name, kind) == {name: 100, f"{name}-candidate": 0}
    # Whatever a route names is there.
    assert {x["metadata"]["name"] for x in of_kind(objects, "Service")} == {
        name,
        f"{name}-candidate",
    }


def test_without_routing_the_service_is_in_the_cluster_only(helm: Helm) -> None:
    objects = helm.render("api", ("production",), ("routing.kind=none",))
    assert not of_kind(objects, "Ingress")
    assert not of_kind(objects, "HTTPRoute")


@pytest.mark.parametrize("kind", ROUTINGS)
def test_a_preview_reaches_the_candidate_alone(helm: Helm, kind: str) -> None:
    settings = (*with_routing(kind), *with_candidate(0, "candidate.preview=true"))
    objects = helm.render("api", ("production",), settings)
    assert _hosts(objects) == {"api.fieldday.example", "api-preview.fieldday.example"}
    if kind == "nginx":
        (rule,) = one(objects, "Ingress", "fieldday-api-preview")["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert path["backend"]["service"]["name"] == "fieldday-api-candidate"
    else:
        weights = _weights(objects, "fieldday-api-preview", kind)
        assert weights == {"fieldday-api": 0, "fieldday-api-candidate": 100}
    without_candidate = (*with_routing(kind), "candidate.preview=true")
    assert _hosts(helm.render("api", ("production",), without_candidate)) == {
        "api.fieldday.example"
    }


def test_the_route_attaches_to_the_gateway(helm: Helm) -> None:
    objects = helm.render("api", ("production", "sandbox"))
    route = one(objects, "HTTPRoute", "fieldday-api")
    (parent,) = route["spec"]["parentRefs"]
    assert (parent["namespace"], parent["name"]) == ("fieldday-system", "fieldday")
    assert route["spec"]["hostnames"] == ["api.fieldday.localhost"]
    assert "annotations" not in route["metadata"]


@pytest.mark.parametrize(
    ("settings", "image"),
    [
        ((), "registry.fieldday.example/fieldday/api:0.1.0"),
        (("image.tag=1.2.3",), "registry.fieldday.example/fieldday/api:1.2.3"),
        (
            ("image.tag=1.2.3", f"image.digest={DIGEST}"),
            f"registry.fieldday.example/fieldday/api:1.2.3@{DIGEST}",
        ),
        (
            ("image.registry=127.0.0.1:5000", "image.repository=team/gateway"),
            "127.0.0.1:5000/team/gateway:0.1.0",
        ),
    ],
)
def test_the_image(helm: Helm, settings: tuple[str, ...], image: str) -> None:
    objects = helm.render("api", ("production",), settings)
    pod = one(objects, "Deployment", "fieldday-api")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == image


def test_what_a_pod_is_told(helm: Helm) -> None:
    objects = helm.render("api", ("staging",), with_candidate(0))
    assert one(objects, "ConfigMap", "fieldday-api")["data"] == {
        "SERVICE": "api",
        "ENVIRONMENT": "staging",
        "PORT": "8080",
        "TOKEN_ISSUER": "https://auth.staging.fieldday.example",
        "CACHE_TTL_SECONDS": "300",
        "RATE_LIMIT_PER_USER": "300",
        "RATE_LIMIT_PER_IP": "1200",
        **{
            f"{name.upper().replace('-', '_')}_URL": (
                f"http://fieldday-{name}.staging.svc.cluster.local:8080"
            )
            for name in load()["api"].depends_on
        },
        "LOG_LEVEL": "debug",
    }
    for track, name, version in (
        ("stable", "fieldday-api", "0.1.0"),
        ("candidate", "fieldday-api-candidate", "2.0.0"),
    ):
        (container,) = one(objects, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        env = {x["name"]: x.get("value") or x["valueFrom"] for x in container["env"]}
        assert env == {
            "VERSION": version,
            "TRACK": track,
            "POD_IP": {"fieldRef": {"fieldPath": "status.podIP"}},
            "POD_NAME": {"fieldRef": {"fieldPath": "metadata.name"}},
            "NAMESPACE": {"fieldRef": {"fieldPath": "metadata.namespace"}},
        }
        assert container["envFrom"] == [
            {"configMapRef": {"name": name}},
            {"secretRef": {"name": "fieldday-api"}},
        ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_template_is_one_line(service: str) -> None:
    (template,) = (CHARTS / service / "templates").iterdir()
    assert template.read_text() == '{{ include "service-library.all" . }}\n'
