"""What a release's steps change, and what they leave alone.

The release pipeline moves by `helm upgrade`: start a candidate, weight it, promote it, or take
it away. Whatever it does to one track must not restart the other's pods.
"""

from __future__ import annotations

import pytest

from tests.charts.rendering import (
    ROUTINGS,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
    with_routing,
    without,
)

STABLE = "fieldday-api"
CANDIDATE = "fieldday-api-candidate"
PRODUCTION = ("production", "sandbox")
CANDIDATES = {
    "started": with_candidate(0),
    "weighted": with_candidate(50),
    "with all requests": with_candidate(100),
    "another version": ("candidate.enabled=true", "candidate.tag=3.0.0"),
    "by digest": with_candidate(0, "candidate.digest=sha256:" + "0" * 64),
    "full size": with_candidate(0, "candidate.replicas=6"),
    "configured": with_candidate(0, "candidate.config.LOG_LEVEL=debug"),
    "previewed": with_candidate(0, "candidate.preview=true"),
}


def _template(objects: list[Object], name: str) -> Object:
    template: Object = one(objects, "Deployment", name)["spec"]["template"]
    return template


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_never_touches_stable(helm: Helm, name: str) -> None:
    before = helm.render("api", PRODUCTION)
    after = helm.render("api", PRODUCTION, CANDIDATES[name])
    for kind in ("Deployment", "ConfigMap", "Service", "PodDisruptionBudget"):
        assert one(after, kind, STABLE) == one(before, kind, STABLE)
    assert of_kind(after, "ServiceAccount") == of_kind(before, "ServiceAccount")
    assert of_kind(after, "NetworkPolicy") == of_kind(before, "NetworkPolicy")


@pytest.mark.parametrize(
    "change",
    ["image.tag=9.0.0", "replicas=5", "image.digest=sha256:" + "1" * 64],
)
def test_a_change_of_stable_never_touches_the_candidate(helm: Helm, change: str) -> None:
    before = helm.render("api", PRODUCTION, with_candidate(100))
    after = helm.render("api", PRODUCTION, (*with_candidate(100), change))
    for kind in ("Deployment", "ConfigMap", "Service"):
        assert one(after, kind, CANDIDATE) == one(before, kind, CANDIDATE)
    assert one(after, "Deployment", STABLE) != one(before, "Deployment", STABLE)


@pytest.mark.parametrize("kind", ROUTINGS)
@pytest.mark.parametrize(("before", "after"), [(0, 10), (10, 50), (50, 100), (100, 0)])
def test_a_weight_changes_the_route_alone(helm: Helm, kind: str, before: int, after: int) -> None:
    first, second = (
        helm.render("api", PRODUCTION, (*with_routing(kind), *with_candidate(weight)))
        for weight in (before, after)
    )
    routes = ("HTTPRoute", "Ingress")
    assert without(first, *routes) == without(second, *routes)
    assert first != second


def test_a_rollback_removes_the_candidate_without_touching_the_route_again(helm: Helm) -> None:
    returned = helm.render("api", PRODUCTION, with_candidate(0))
    removed = helm.render("api", PRODUCTION)
    assert of_kind(returned, "HTTPRoute") == of_kind(removed, "HTTPRoute")
    gone = {(x["kind"], x["metadata"]["name"]) for x in returned if x not in removed}
    assert gone == {("Deployment", CANDIDATE), ("ConfigMap", CANDIDATE)}


def test_a_promotion_gives_stable_what_the_candidate_ran(helm: Helm) -> None:
    candidate = helm.render("api", PRODUCTION, with_candidate(100))
    promoted = helm.render("api", PRODUCTION, ("image.tag=2.0.0",))
    tried = _template(candidate, CANDIDATE)["spec"]["containers"][0]
    runs = _template(promoted, STABLE)["spec"]["containers"][0]
    assert runs["image"] == tried["image"]
    assert runs["resources"] == tried["resources"]


def test_a_configuration_rolls_the_track_that_it_is_for(helm: Helm) -> None:
    settings = (*with_candidate(10), "candidate.config.FEATURE_TIDES=on")
    objects = helm.render("api", PRODUCTION, settings)
    assert "FEATURE_TIDES" not in one(objects, "ConfigMap", STABLE)["data"]
    data = one(objects, "ConfigMap", CANDIDATE)["data"]
    assert (data["FEATURE_TIDES"], data["LOG_LEVEL"]) == ("on", "info")

    before = helm.render("api", PRODUCTION)
    after = helm.render("api", PRODUCTION, ("config.LOG_LEVEL=debug",))
    checksum = "fieldday.io/config-checksum"
    old, new = (
        _template(objects, STABLE)["metadata"]["annotations"][checksum]
        for objects in (before, after)
    )
    assert old != new


def test_a_new_chart_version_restarts_nothing(helm: Helm) -> None:
    """Its version is a label of the objects, never of the pods."""
    deployments = of_kind(helm.render("api", PRODUCTION, with_candidate(10)), "Deployment")
    assert len(deployments) == 2
    for item in deployments:
        assert "helm.sh/chart" in item["metadata"]["labels"]
        assert "helm.sh/chart" not in item["spec"]["template"]["metadata"]["labels"]
