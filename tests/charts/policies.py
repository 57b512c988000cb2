"""What every rendered release must keep: each rule gives a sentence for each place that breaks it.

The rules read objects, not text, so that a rule can be tried against an object from which the
guarded thing was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.charts.rendering import Object, of_kind

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_IMAGE = re.compile(r"[^@]+:(?P<tag>[^:@/]+)(@sha256:[0-9a-f]{64})?")


def violations(objects: list[Object]) -> list[str]:
    """All broken rules of a release."""
    found: list[str] = []
    for where, template in pods(objects):
        found += [f"{where}: {problem}" for problem in _pod(template["spec"])]
    for deployment in of_kind(objects, "Deployment"):
        name = deployment["metadata"]["name"]
        found += [f"Deployment {name}: {problem}" for problem in _deployment(deployment)]
    for cron in of_kind(objects, "CronJob"):
        name = cron["metadata"]["name"]
        found += [f"CronJob {name}: {problem}" for problem in _cron_job(cron["spec"])]
    found += _budgets(objects)
    found += _denial(objects)
    found += [
        f"Secret {secret['metadata']['name']}: a secret is rendered in plain text"
        for secret in of_kind(objects, "Secret")
    ]
    return found


def pods(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod or pod's template, with where it was found."""
    for item in objects:
        where = f"{item['kind']} {item['metadata']['name']}"
        if item["kind"] == "Deployment":
            yield where, item["spec"]["template"]
        elif item["kind"] == "CronJob":
            yield where, item["spec"]["jobTemplate"]["spec"]["template"]
        elif item["kind"] == "Pod":
            yield where, item


def _pod(pod: Object) -> Iterator[str]:
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("runAsUser", 0) == 0:
        yield "may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "mounts a token of the API"
    for switch in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(switch):
            yield f"uses the host's {switch}"
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        yield from _container(container)


def _container(container: Object) -> Iterator[str]:
    security: dict[str, Any] = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "may write to its root file system"
    capabilities = security.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "has capabilities"
    image = _IMAGE.fullmatch(container["image"])
    if image is None or image["tag"] == "latest":
        yield f"runs no fixed version: {container['image']}"
    for kind in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            if not container.get("resources", {}).get(kind, {}).get(resource):
                yield f"has no {kind} for {resource}"


def _deployment(deployment: Object) -> Iterator[str]:
    spec = deployment["spec"]
    if spec["strategy"].get("rollingUpdate") != {"maxUnavailable": 0, "maxSurge": 1}:
        yield "a rollout takes pods away before new ones are there"
    if not spec.get("minReadySeconds"):
        yield "a rollout does not wait for new pods to stay ready"
    if not spec.get("progressDeadlineSeconds"):
        yield "a rollout that is stuck never fails"
    pod = spec["template"]["spec"]
    if not pod.get("topologySpreadConstraints"):
        yield "its pods may all be on one node"
    for container in pod["containers"]:
        for probe in _PROBES:
            if not container.get(probe, {}).get("httpGet", {}).get("path"):
                yield f"has no {probe}"
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if not 0 < sleep < pod.get("terminationGracePeriodSeconds", 0):
            yield "gets SIGTERM while the edge still sends requests"
    if "fieldday.io/config-checksum" not in spec["template"]["metadata"].get("annotations", {}):
        yield "keeps running with an old configuration"


def _cron_job(spec: Object) -> Iterator[str]:
    if spec.get("concurrencyPolicy") != "Forbid":
        yield "may run beside itself"
    if spec.get("timeZone") != "Etc/UTC":
        yield "starts at another hour where the cluster's clock says so"
    if not spec["jobTemplate"]["spec"].get("activeDeadlineSeconds"):
        yield "may run for ever"


def _budgets(objects: list[Object]) -> Iterator[str]:
    budgets = of_kind(objects, "PodDisruptionBudget")
    for deployment in of_kind(objects, "Deployment"):
        # One pod can't be kept by a budget without blocking every drain.
        if deployment["spec"].get("replicas", 2) < 2:
            continue
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        if not any(selects(budget["spec"]["selector"], labels) for budget in budgets):
            yield f"Deployment {deployment['metadata']['name']}: a drain may take all its pods"


def _denial(objects: list[Object]) -> Iterator[str]:
    policies = of_kind(objects, "NetworkPolicy")
    for where, template in pods(objects):
        labels = template["metadata"]["labels"]
        for direction in ("Ingress", "Egress"):
            if not any(
                selects(policy["spec"]["podSelector"], labels)
                and direction in policy["spec"]["policyTypes"]
                for policy in policies
            ):
                yield f"{where}: {direction} is not denied by default"
    for policy in policies:
        for key, peers in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(key) or []:
                if not rule.get(peers) or not rule.get("ports") or {} in rule[peers]:
                    yield f"NetworkPolicy {policy['metadata']['name']}: {key} is open to everyone"


def selects(selector: Object, labels: Object) -> bool:
    """Whether a label selector (matchLabels only) selects these labels."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
