"""Every release keeps the policies, and each policy notices when what it guards is taken out."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from tests.charts.policies import violations
from tests.charts.rendering import (
    ENVIRONMENTS,
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_release_keeps_the_policies(helm: Helm, service: str, environment: str) -> None:
    settings = with_candidate(10, "candidate.replicas=2")
    assert violations(helm.render(service, ENVIRONMENTS[environment])) == []
    assert violations(helm.render(service, ENVIRONMENTS[environment], settings)) == []


Mutation = Callable[[list[Object]], object]


def _in_pod(change: Callable[[Object], object]) -> Mutation:
    return lambda objects: change(
        one(objects, "Deployment", "fieldday-api")["spec"]["template"]["spec"]
    )


def _in_container(change: Callable[[Object], object]) -> Mutation:
    return _in_pod(lambda pod: change(pod["containers"][0]))


def _in_spec(kind: str, change: Callable[[Object], object]) -> Mutation:
    return lambda objects: change(of_kind(objects, kind)[0]["spec"])


def _drop(kind: str) -> Mutation:
    return lambda objects: objects.remove(of_kind(objects, kind)[0])


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "root is allowed": (
        _in_pod(lambda pod: pod["securityContext"].pop("runAsNonRoot")),
        "may run as root",
    ),
    "user 0": (_in_pod(lambda pod: pod["securityContext"].update(runAsUser=0)), "may run as root"),
    "no pod security": (_in_pod(lambda pod: pod.pop("securityContext")), "has no seccomp profile"),
    "seccomp unconfined": (
        _in_pod(lambda pod: pod["securityContext"]["seccompProfile"].update(type="Unconfined")),
        "has no seccomp profile",
    ),
    "token": (
        _in_pod(lambda pod: pod.pop("automountServiceAccountToken")),
        "mounts a token of the API",
    ),
    "host network": (_in_pod(lambda pod: pod.update(hostNetwork=True)), "host's hostNetwork"),
    "escalation": (
        _in_container(lambda c: c["securityContext"].pop("allowPrivilegeEscalation")),
        "may gain privileges",
    ),
    "writable root": (
        _in_container(lambda c: c["securityContext"].pop("readOnlyRootFilesystem")),
        "may write to its root file system",
    ),
    "capabilities kept": (
        _in_container(lambda c: c["securityContext"].pop("capabilities")),
        "has capabilities",
    ),
    "capability added": (
        _in_container(lambda c: c["securityContext"]["capabilities"].update(add=["NET_RAW"])),
        "has capabilities",
    ),
    "latest": (
        _in_container(lambda c: c.update(image="registry.fieldday.example/fieldday/api:latest")),
        "runs no fixed version",
    ),
    "no tag": (
        _in_container(lambda c: c.update(image="registry.fieldday.example:5000/fieldday/api")),
        "runs no fixed version",
    ),
    "no memory limit": (
        _in_container(lambda c: c["resources"]["limits"].pop("memory")),
        "has no limits for memory",
    ),
    "no cpu request": (
        _in_container(lambda c: c["resources"]["requests"].pop("cpu")),
        "has no requests for cpu",
    ),
    "no startup probe": (_in_container(lambda c: c.pop("startupProbe")), "has no startupProbe"),
    "no readiness probe": (
        _in_container(lambda c: c.pop("readinessProbe")),
        "has no readinessProbe",
    ),
    "no liveness probe": (_in_container(lambda c: c.pop("livenessProbe")), "has no livenessProbe"),
    "no preStop": (
        _in_container(lambda c: c.pop("lifecycle")),
        "gets SIGTERM while the edge still sends requests",
    ),
    "grace within preStop": (
        _in_pod(lambda pod: pod.update(terminationGracePeriodSeconds=2)),
        "gets SIGTERM while the edge still sends requests",
    ),
    "no spread": (
        _in_pod(lambda pod: pod.pop("topologySpreadConstraints")),
        "its pods may all be on one node",
    ),
    "rolling settings": (
        _in_spec("Deployment", lambda spec: spec["strategy"]["rollingUpdate"].pop("maxSurge")),
        "takes pods away before new ones are there",
    ),
    "no minReadySeconds": (
        _in_spec("Deployment", lambda spec: spec.pop("minReadySeconds")),
        "does not wait for new pods to stay ready",
    ),
    "no deadline": (
        _in_spec("Deployment", lambda spec: spec.pop("progressDeadlineSeconds")),
        "a rollout that is stuck never fails",
    ),
    "no checksum": (
        _in_spec("Deployment", lambda spec: spec["template"]["metadata"].pop("annotations")),
        "keeps running with an old configuration",
    ),
    "no budget": (_drop("PodDisruptionBudget"), "a drain may take all its pods"),
    "no network policy": (_drop("NetworkPolicy"), "Ingress is not denied by default"),
    "egress not denied": (
        _in_spec("NetworkPolicy", lambda spec: spec.update(policyTypes=["Ingress"])),
        "Egress is not denied by default",
    ),
    "a rule for everyone": (
        _in_spec("NetworkPolicy", lambda spec: spec["ingress"][0].pop("from")),
        "ingress is open to everyone",
    ),
    "a rule for all ports": (
        _in_spec("NetworkPolicy", lambda spec: spec["egress"][-1].pop("ports")),
        "egress is open to everyone",
    ),
    "a secret": (
        lambda objects: objects.append({"kind": "Secret", "metadata": {"name": "x"}}),
        "a secret is rendered in plain text",
    ),
    "the test's pod": (
        lambda objects: of_kind(objects, "Pod")[0]["spec"].pop("securityContext"),
        "Pod fieldday-api-test: may run as root",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_policy_notices_what_is_taken_out(helm: Helm, name: str) -> None:
    change, words = MUTATIONS[name]
    objects = copy.deepcopy(helm.render("api", ("production",)))
    change(objects)
    assert any(words in found for found in violations(objects)), violations(objects)
