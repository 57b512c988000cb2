"""The charts' commands as the documentation has them, by the real API server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from fieldday.catalog import load
from sandbox.kubernetes import kubeconfig, kubectl
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from tests.patience import PATIENCE

pytestmark = pytest.mark.sandbox


def helm(context: Context, command: str, *more: str) -> str:
    """What helm says to a command line as a person types it, as the release pipeline's role."""
    name, *words = command.split()
    assert name == "helm"
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig(context, "releaser"))}
    done = subprocess.run(
        [str(context.layout.bin / "helm"), *words, *more],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(service: str) -> str:
    return (
        f"helm upgrade --install fieldday-{service} ./helm/{service} --namespace production "
        f"--values ./helm/{service}/values-production.yaml"
    )


@pytest.mark.parametrize("service", load().names)
def test_the_documented_command_is_accepted_for_each_service(
    sandbox: Context, service: str
) -> None:
    said = helm(sandbox, install(service), "--dry-run=server", "--output", "json")
    assert json.loads(said)["info"]["status"].startswith("pending-")


@pytest.fixture
def calendar(sandbox: Context) -> Iterator[str]:
    yield "calendar"
    helm(sandbox, "helm uninstall fieldday-calendar --namespace production")


def test_the_documented_command_installs(sandbox: Context, calendar: str) -> None:
    helm(sandbox, install(calendar))
    releases = json.loads(helm(sandbox, "helm list --namespace production --output json"))
    (found,) = [line for line in releases if line["name"] == "fieldday-calendar"]
    assert found["status"] == "deployed"
    kinds = "deployment,service,horizontalpodautoscaler,poddisruptionbudget,ingress,externalsecret"
    selector = "app.kubernetes.io/name=calendar"
    names = kubectl(sandbox, "get", kinds, "-n", "production", "-l", selector, "-o", "name")
    assert {line.partition("/")[0].partition(".")[0] for line in names.split()} == set(
        kinds.split(",")
    )
