"""Every release keeps the policies, and each policy notices when what it guards is taken out."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from tests.charts.policies import violations
from tests.charts.rendering import (
    ENVIRONMENTS,
    Helm,
    Object,
    of_kind,
    one,
)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_release_without_a_candidate_keeps_the_policies(helm: Helm, environment: str) -> None:
    """With one: in test_rendering, for every service."""
    assert violations(helm.render("api", ENVIRONMENTS[environment])) == []


TASK = ("cron.tasks.tidy.schedule=0 3 * * *", "cron.tasks.tidy.limitSeconds=60")

Mutation = Callable[[list[Object]], object]


def _in_pod(change: Callable[[Object], object]) -> Mutation:
    return lambda objects: change(
        one(objects, "Deployment", "fieldday-api")["spec"]["template"]["spec"]
    )


def _in_container(change: Callable[[Object], object]) -> Mutation:
    return _in_pod(lambda pod: change(pod["containers"][0]))


def _in_spec(kind: str, change: Callable[[Object], object]) -> Mutation:
    name = "fieldday-api-tidy" if kind == "CronJob" else "fieldday-api"
    return lambda objects: change(one(objects, kind, name)["spec"])


def _drop(kind: str) -> Mutation:
    return lambda objects: objects.remove(one(objects, kind, "fieldday-api"))


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
    "tasks at once": (
        _in_spec("CronJob", lambda spec: spec.update(concurrencyPolicy="Allow")),
        "CronJob fieldday-api-tidy: may run beside itself",
    ),
    "a task's clock": (
        _in_spec("CronJob", lambda spec: spec.pop("timeZone")),
        "starts at another hour",
    ),
    "a task without a limit": (
        _in_spec("CronJob", lambda s: s["jobTemplate"]["spec"].pop("activeDeadlineSeconds")),
        "may run for ever",
    ),
    "a task's pod": (
        _in_spec(
            "CronJob",
            lambda s: s["jobTemplate"]["spec"]["template"]["spec"].pop("securityContext"),
        ),
        "CronJob fieldday-api-tidy: may run as root",
    ),
    "a task's network": (
        _in_spec(
            "CronJob",
            lambda s: s["jobTemplate"]["spec"]["template"]["metadata"]["labels"].clear(),
        ),
        "CronJob fieldday-api-tidy: Egress is not denied by default",
    ),
    "the test's network": (
        lambda objects: objects.remove(one(objects, "NetworkPolicy", "fieldday-api-test")),
        "Pod fieldday-api-test: Ingress is not denied by default",
    ),
    "the test's pod": (
        lambda objects: of_kind(objects, "Pod")[0]["spec"].pop("securityContext"),
        "Pod fieldday-api-test: may run as root",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_policy_notices_what_is_taken_out(helm: Helm, name: str) -> None:
    change, words = MUTATIONS[name]
    objects = copy.deepcopy(helm.render("api", ("production",), TASK))
    assert violations(objects) == []
    change(objects)
    assert any(words in found for found in violations(objects)), violations(objects)
