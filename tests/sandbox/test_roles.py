"""What each role may do in the cluster, and what not."""

from __future__ import annotations

import subprocess

import pytest

from sandbox.kubernetes import kubeconfig, status
from sandbox.parts.context import Context

pytestmark = pytest.mark.sandbox

# role, verb, resource, namespace ("" for the whole cluster), whether it may
TABLE = (
    ("admin", "*", "*", "", True),
    ("releaser", "create", "deployments.apps", "production", True),
    ("releaser", "patch", "deployments.apps", "staging", True),
    ("releaser", "delete", "httproutes.gateway.networking.k8s.io", "production", True),
    ("releaser", "create", "secrets", "staging", True),
    ("releaser", "create", "poddisruptionbudgets.policy", "production", True),
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


@pytest.mark.parametrize(("role", "verb", "resource", "namespace", "may"), TABLE)
def test_rights(
    sandbox: Context, role: str, verb: str, resource: str, namespace: str, may: bool
) -> None:
    scope = ("--namespace", namespace) if namespace else ("--all-namespaces",)
    resource, _, subresource = resource.partition("/")
    if subresource:
        scope = (*scope, f"--subresource={subresource}")
    kubectl = str(sandbox.layout.bin / "kubectl")
    config = str(kubeconfig(sandbox, role))
    result = subprocess.run(
        (kubectl, "--kubeconfig", config, "auth", "can-i", verb, resource, *scope),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.stdout.strip() == ("yes" if may else "no"), result.stderr


def test_nobody_comes_in_without_a_token(sandbox: Context) -> None:
    assert status(sandbox, "kube-apiserver", "/api") == 401
    assert status(sandbox, "kube-apiserver", "/api", "not-a-token") == 401
