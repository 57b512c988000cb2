"""The platform's chart: namespaces, limits, denial, roles and the Gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.charts.reachability import Pod, reaches
from tests.charts.rendering import (
    CHARTS,
    SERVICES,
    Helm,
    Object,
    of_kind,
    one,
    with_candidate,
)

NAMESPACES = ("production", "staging", "development")
SYSTEM = "fieldday-system"


def _render(helm: Helm, *settings: str, values: tuple[str, ...] = ()) -> list[Object]:
    return helm.render("platform", values, settings, release="fieldday-platform", namespace=SYSTEM)


def _in(objects: list[Object], namespace: str) -> dict[str, Object]:
    return {x["kind"]: x for x in objects if x["metadata"].get("namespace") == namespace}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_environment_is_limited_and_denied_by_default(helm: Helm, namespace: str) -> None:
    objects = _render(helm)
    labels = one(objects, "Namespace", namespace)["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
    found = _in(objects, namespace)
    assert found["ResourceQuota"]["spec"]["hard"]["services.loadbalancers"] == "0"
    (limits,) = found["LimitRange"]["spec"]["limits"]
    assert {"default", "defaultRequest", "max"} <= set(limits)
    assert found["NetworkPolicy"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_uninstalling_keeps_the_namespaces(helm: Helm) -> None:
    found = of_kind(_render(helm), "Namespace")
    assert found
    for namespace in found:
        assert namespace["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_one_environment_may_differ(helm: Helm) -> None:
    objects = _render(helm, "namespaces.staging.quota.pods=20")
    pods = {n: _in(objects, n)["ResourceQuota"]["spec"]["hard"]["pods"] for n in NAMESPACES}
    assert pods == {"production": "200", "staging": 20, "development": "200"}


def test_every_service_fits_the_limits(helm: Helm) -> None:
    """A release that a quota or limit refuses would fail only when it is made."""
    objects = _render(helm)
    (limits,) = _in(objects, "production")["LimitRange"]["spec"]["limits"]
    quota = _in(objects, "production")["ResourceQuota"]["spec"]["hard"]
    most = {"cpu": 0.0, "memory": 0.0}
    for service in SERVICES:
        rendered = helm.render(service, ("production",), with_candidate(10))
        (scaler,) = of_kind(rendered, "HorizontalPodAutoscaler")
        pod = one(rendered, "Deployment", f"fieldday-{service}")["spec"]["template"]["spec"]
        resources = pod["containers"][0]["resources"]
        for resource in most:
            assert _amount(resources["limits"][resource]) <= _amount(limits["max"][resource])
            request = _amount(resources["requests"][resource])
            # All pods that the autoscaler may start, one more in a rollout, and a candidate.
            most[resource] += request * (scaler["spec"]["maxReplicas"] + 2)
    for resource, amount in most.items():
        assert amount <= _amount(quota[f"requests.{resource}"])


def _amount(text: str) -> float:
    for suffix, factor in (("m", 1e-3), ("Ki", 2.0**10), ("Mi", 2.0**20), ("Gi", 2.0**30)):
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * factor
    return float(text)


def test_a_pod_without_a_policy_of_its_own_reaches_nobody(helm: Helm) -> None:
    denial = [
        policy
        for policy in of_kind(_render(helm), "NetworkPolicy")
        if policy["metadata"]["namespace"] == "production"
    ]
    auth = helm.render("auth", ("production",), with_candidate(10))
    policies = of_kind(auth, "NetworkPolicy")
    target = Pod.of(one(auth, "Deployment", "fieldday-auth")["spec"]["template"])
    stranger = Pod({"app": "stranger"}, (("http", 8080),))
    # It looks like a caller, but has no policy that lets it out.
    impostor = Pod({"app.kubernetes.io/name": "api", "app.kubernetes.io/part-of": "fieldday"})
    assert reaches(policies, impostor, target)
    assert not reaches([*policies, *denial], impostor, target)
    assert not reaches([*policies, *denial], stranger, target)
    assert not reaches([*policies, *denial], target, stranger)


def _bindings(objects: list[Object]) -> set[tuple[str, str, str, str]]:
    """Namespace ("" for all), role, kind and name of who has it."""
    return {
        (
            item["metadata"].get("namespace", ""),
            item["roleRef"]["name"],
            subject["kind"],
            subject["name"],
        )
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for item in of_kind(objects, kind)
        for subject in item["subjects"]
    }


def test_who_has_which_role(helm: Helm) -> None:
    assert _bindings(_render(helm)) == {
        ("", "view", "Group", "fieldday:viewers"),
        ("", "view", "Group", "fieldday:operators"),
        ("", "fieldday-namespace-reader", "ServiceAccount", "releaser"),
        *(
            (namespace, "fieldday-operator", "Group", "fieldday:operators")
            for namespace in NAMESPACES
        ),
        ("production", "fieldday-deployer", "ServiceAccount", "releaser"),
        ("staging", "fieldday-deployer", "ServiceAccount", "releaser"),
    }


def test_breaking_the_glass_and_mending_it(helm: Helm) -> None:
    before = _bindings(_render(helm))
    broken = _bindings(_render(helm, "roles.breakGlass.groups={fieldday:incident}"))
    assert {role for _, role, _, _ in broken - before} == {"view", "fieldday-break-glass"}
    assert {name for _, _, _, name in broken - before} == {"fieldday:incident"}


def test_no_role_can_give_rights(helm: Helm) -> None:
    roles = of_kind(_render(helm), "ClusterRole")
    assert any(role["rules"] for role in roles)
    for role in roles:
        for rule in role["rules"]:
            assert not {"*", "rbac.authorization.k8s.io"} & set(rule["apiGroups"])
            assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])
            if "" in rule["apiGroups"]:
                assert not {"*", "serviceaccounts/token"} & set(rule["resources"])


def test_with_a_certificate_plain_http_leads_to_https_and_nowhere_else(helm: Helm) -> None:
    objects = _render(helm, "gateway.certificate=fieldday-tls")
    (gateway,) = of_kind(objects, "Gateway")
    listeners = {item["name"]: item for item in gateway["spec"]["listeners"]}
    assert listeners["http"]["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    assert listeners["https"]["allowedRoutes"]["namespaces"]["from"] == "Selector"
    (route,) = of_kind(objects, "HTTPRoute")
    assert route["metadata"]["namespace"] == gateway["metadata"]["namespace"]
    (parent,) = route["spec"]["parentRefs"]
    assert (parent["name"], parent["sectionName"]) == (gateway["metadata"]["name"], "http")
    redirect = {"scheme": "https", "statusCode": 301}
    assert route["spec"]["rules"] == [
        {"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}
    ]
    # Without one, services are reached by plain HTTP.
    plain = _render(helm)
    assert not of_kind(plain, "HTTPRoute")
    (listener,) = of_kind(plain, "Gateway")[0]["spec"]["listeners"]
    assert listener["allowedRoutes"]["namespaces"]["from"] == "Selector"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_pod_is_ready_when_the_load_balancer_has_it(helm: Helm, namespace: str) -> None:
    labels = one(_render(helm), "Namespace", namespace)["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"


def test_service_accounts_have_no_token_of_their_own(helm: Helm) -> None:
    accounts = of_kind(_render(helm, values=("sandbox",)), "ServiceAccount")
    assert {account["metadata"]["name"] for account in accounts} == {"releaser", "viewer"}
    for account in accounts:
        assert account["metadata"]["namespace"] == SYSTEM
        assert account["automountServiceAccountToken"] is False


def test_the_gateway_is_the_one_that_services_attach_to(helm: Helm) -> None:
    (gateway,) = of_kind(_render(helm, "gateway.certificate=fieldday-tls"), "Gateway")
    service = helm.render("api", ("production",), ("routing.kind=HTTPRoute",))
    (parent,) = one(service, "HTTPRoute", "fieldday-api")["spec"]["parentRefs"]
    metadata = gateway["metadata"]
    assert (parent["name"], parent["namespace"]) == (metadata["name"], metadata["namespace"])
    names = {item["name"]: item["protocol"] for item in gateway["spec"]["listeners"]}
    assert names == {"http": "HTTP", "https": "HTTPS"}
    assert not of_kind(_render(helm, values=("sandbox",)), "Gateway")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("namespaces.test.podSecurity=baseline", "additional properties 'test' not allowed"),
        ("defaults.podSecurity=privileged", "value must be one of 'restricted', 'baseline'"),
        ("roles.operator.namespaces={kube-system}", "value must be one of 'production', 'stag"),
        ("gateway.port=80", "at '/gateway': additional properties 'port' not allowed"),
    ],
)
def test_wrong_values_are_refused(helm: Helm, setting: str, words: str) -> None:
    said = helm.refusal(
        "platform", settings=(setting,), release="fieldday-platform", namespace=SYSTEM
    )
    assert words in said


def test_the_schema_is_closed_and_describes_each_key() -> None:
    def slips(schema: dict[str, Any], path: str = "") -> list[str]:
        found = []
        if "properties" in schema and schema.get("additionalProperties") is not False:
            found.append(f"{path}: is open")
        for key, value in schema.get("properties", {}).items():
            if not value.get("description"):
                found.append(f"{path}/{key}: has no description")
            found += slips(value, f"{path}/{key}")
        return found

    assert slips(json.loads((CHARTS / "platform" / "values.schema.json").read_text())) == []
