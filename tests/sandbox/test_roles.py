"""What each role may do in the cluster, and what not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from sandbox.kubernetes import kubeconfig, status
from sandbox.kubernetes import kubectl as run_kubectl
from sandbox.parts.context import Context
from tests.patience import PATIENCE

pytestmark = pytest.mark.sandbox

# role, verb, resource, namespace ("" for the whole cluster), whether it may
TABLE = (
    ("admin", "*", "*", "", True),
    ("releaser", "create", "deployments.apps", "production", True),
    ("releaser", "patch", "deployments.apps", "staging", True),
    ("releaser", "delete", "httproutes.gateway.networking.k8s.io", "production", True),
    ("releaser", "create", "secrets", "staging", True),
    ("releaser", "create", "poddisruptionbudgets.policy", "production", True),
    ("releaser", "patch", "pods", "production", True),
    ("releaser", "create", "cronjobs.batch", "production", True),
    ("releaser", "create", "jobs.batch", "production", False),
    ("releaser", "get", "secrets", "development", False),
    ("releaser", "patch", "resourcequotas", "production", False),
    ("releaser", "update", "leases.coordination.k8s.io", "production", True),
    ("releaser", "get", "pods/log", "production", True),
    ("releaser", "list", "events", "production", True),
    ("releaser", "get", "namespaces", "", True),
    ("releaser", "create", "namespaces", "", False),
    ("releaser", "create", "deployments.apps", "default", False),
    ("releaser", "create", "deployments.apps", "fieldday-system", False),
    ("releaser", "get", "secrets", "kube-system", False),
    ("releaser", "get", "secrets", "fieldday-system", False),
    ("releaser", "create", "roles.rbac.authorization.k8s.io", "production", False),
    ("releaser", "create", "rolebindings.rbac.authorization.k8s.io", "production", False),
    ("releaser", "create", "serviceaccounts/token", "fieldday-system", False),
    ("releaser", "create", "pods/exec", "production", False),
    ("releaser", "get", "nodes", "", False),
    ("releaser", "patch", "gateways.gateway.networking.k8s.io", "fieldday-system", False),
    ("viewer", "list", "pods", "production", True),
    ("viewer", "list", "httproutes.gateway.networking.k8s.io", "staging", True),
    ("viewer", "list", "nodes", "", True),
    ("viewer", "get", "secrets", "production", False),
    ("viewer", "delete", "pods", "production", False),
    ("metrics", "list", "pods", "production", True),
    ("metrics", "get", "secrets", "production", False),
    ("metrics", "delete", "pods", "production", False),
    ("edge", "list", "endpointslices.discovery.k8s.io", "production", True),
    ("edge", "patch", "httproutes.gateway.networking.k8s.io/status", "production", True),
    ("edge", "patch", "httproutes.gateway.networking.k8s.io", "production", False),
    ("edge", "get", "secrets", "production", False),
    ("node", "patch", "pods/status", "production", True),
    ("node", "create", "pods", "production", False),
    ("node", "patch", "deployments.apps", "production", False),
    ("node", "list", "secrets", "", False),
)

# The same of the platform's groups of people, group instead of role.
PEOPLE = (
    ("viewers", "list", "pods", "production", True),
    ("viewers", "get", "pods/log", "staging", True),
    ("viewers", "list", "nodes", "", True),
    ("viewers", "list", "httproutes.gateway.networking.k8s.io", "development", True),
    ("viewers", "get", "secrets", "development", False),
    ("viewers", "delete", "pods", "development", False),
    ("viewers", "create", "pods/eviction", "production", False),
    ("operators", "list", "deployments.apps", "production", True),
    ("operators", "delete", "pods", "production", True),
    ("operators", "create", "pods/eviction", "development", True),
    ("operators", "patch", "deployments.apps/scale", "staging", True),
    ("operators", "patch", "horizontalpodautoscalers.autoscaling", "production", True),
    ("operators", "patch", "deployments.apps", "production", False),
    ("operators", "create", "pods", "production", False),
    ("operators", "create", "jobs.batch", "production", False),
    ("operators", "create", "pods/exec", "production", False),
    ("operators", "get", "secrets", "staging", False),
    ("operators", "delete", "pods", "kube-system", False),
    ("operators", "delete", "pods", "fieldday-system", False),
    ("incident", "create", "pods/exec", "production", True),
    ("incident", "get", "secrets", "production", True),
    ("incident", "patch", "deployments.apps", "production", True),
    ("incident", "delete", "networkpolicies.networking.k8s.io", "production", True),
    ("incident", "create", "jobs.batch", "production", True),
    ("incident", "get", "secrets", "staging", False),
    ("incident", "get", "secrets", "fieldday-system", False),
    ("incident", "delete", "namespaces", "production", False),
    ("incident", "patch", "resourcequotas", "production", False),
    ("incident", "create", "rolebindings.rbac.authorization.k8s.io", "production", False),
    ("incident", "create", "serviceaccounts/token", "production", False),
    ("strangers", "list", "pods", "production", False),
)


def _may(context: Context, role: str, verb: str, resource: str, namespace: str, *as_: str) -> str:
    """`yes` or `no`."""
    scope = ("--namespace", namespace) if namespace else ("--all-namespaces",)
    resource, _, subresource = resource.partition("/")
    if subresource:
        scope = (*scope, f"--subresource={subresource}")
    kubectl = str(context.layout.bin / "kubectl")
    config = str(kubeconfig(context, role))
    result = subprocess.run(
        (kubectl, "--kubeconfig", config, "auth", "can-i", verb, resource, *scope, *as_),
        capture_output=True,
        text=True,
        timeout=20 * PATIENCE,
        check=False,
    )
    assert result.stdout.strip(), result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(("role", "verb", "resource", "namespace", "may"), TABLE)
def test_rights(
    sandbox: Context, role: str, verb: str, resource: str, namespace: str, may: bool
) -> None:
    assert _may(sandbox, role, verb, resource, namespace) == ("yes" if may else "no")


@pytest.fixture(scope="module")
def incident(sandbox: Context) -> Iterator[None]:
    """Break-glass for `fieldday:incident` in production alone; by default nobody has it."""
    name, namespace = "test-incident", "production"
    before = ("fieldday:incident", "create", "pods/exec", namespace)
    assert _as_group(sandbox, *before) == "no"
    role = ("--clusterrole=fieldday-break-glass", "--group=fieldday:incident")
    run_kubectl(sandbox, "create", "rolebinding", name, *role, "--namespace", namespace)
    yield
    run_kubectl(sandbox, "delete", "rolebinding", name, "--namespace", namespace)


def _as_group(context: Context, group: str, verb: str, resource: str, namespace: str) -> str:
    return _may(context, "admin", verb, resource, namespace, "--as=somebody", f"--as-group={group}")


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize(("group", "verb", "resource", "namespace", "may"), PEOPLE)
def test_rights_of_people(
    sandbox: Context, group: str, verb: str, resource: str, namespace: str, may: bool
) -> None:
    said = _as_group(sandbox, f"fieldday:{group}", verb, resource, namespace)
    assert said == ("yes" if may else "no")


@pytest.mark.parametrize("namespace", ["production", "staging", "development"])
def test_an_environment_is_as_the_platform_has_it(sandbox: Context, namespace: str) -> None:
    text = run_kubectl(sandbox, "get", "namespace", namespace, "-o", "json")
    labels = json.loads(text)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    kinds = ["resourcequota/fieldday", "limitrange/fieldday", "networkpolicy/default-deny"]
    found = run_kubectl(sandbox, "get", *kinds, "--namespace", namespace, "-o", "name")
    assert len(found.split()) == len(kinds)


def test_nobody_comes_in_without_a_token(sandbox: Context) -> None:
    assert status(sandbox, "kube-apiserver", "/api") == 401
    assert status(sandbox, "kube-apiserver", "/api", "not-a-token") == 401
