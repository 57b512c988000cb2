"""What a person does by hand with a release that runs, by the words of the READMEs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from sandbox.kubernetes import kubeconfig, kubectl
from sandbox.parts.context import Context
from tests.charts.rendering import CHARTS, Helm
from tests.charts.tools import Tool

pytestmark = pytest.mark.sandbox


@pytest.fixture
def shell(sandbox: Context, helm: Helm) -> Tool:
    """Helm, as a person runs it in the checkout."""
    return Tool(helm.program, kubeconfig(sandbox, "admin"))


AUTH = ("fieldday-auth", "./helm/auth", "--namespace", "development")


@pytest.fixture
def running(shell: Tool) -> Iterator[Callable[[], Any]]:
    """A release of version 5.0 without pods; gives the image that it runs, and its settings."""
    given = ("image.tag=5.0", "replicas=0", "secrets.kind=none", "routing.kind=none")
    file = CHARTS / "auth" / "values-development.yaml"
    sets = [word for setting in given for word in ("--set", setting)]
    shell.run("upgrade", "--install", *AUTH, "--values", str(file), *sets)

    def values() -> Any:
        return yaml.safe_load(shell.run("get", "values", *AUTH[:1], *AUTH[2:], "--all"))

    yield values
    shell.run("uninstall", *AUTH[:1], *AUTH[2:])


def test_an_upgrade_by_hand_does_not_put_another_version_in_place(
    shell: Tool, running: Callable[[], Any]
) -> None:
    values = ("--values", "./helm/auth/values-development.yaml", "--set", "secrets.kind=none")
    said = shell.run("upgrade", "--install", *AUTH, *values, check=False)
    assert (
        "Service 'auth': image.tag is empty, which is version 0.1.0, but 5.0 runs. "
        "Add --reset-then-reuse-values to change other values alone, or name a version."
    ) in said
    shell.run("upgrade", *AUTH, "--reset-then-reuse-values", "--set", "config.LOG_LEVEL=info")
    assert running()["image"]["tag"] == "5.0"
    assert running()["config"]["LOG_LEVEL"] == "info"
    # Who names a version has it.
    shell.run("upgrade", *AUTH, "--reset-then-reuse-values", "--set", "image.tag=5.1")
    assert running()["image"]["tag"] == "5.1"


def test_the_autoscaler_takes_over_a_number_that_a_person_gave(
    shell: Tool, running: Callable[[], Any], sandbox: Context
) -> None:
    """As the library's README says; without it Kubernetes would go to its default of one pod."""
    deployment = ("deployment/fieldday-auth", *AUTH[2:])
    kubectl(sandbox, "scale", *deployment, "--replicas", "3")
    shell.run("upgrade", *AUTH, "--reset-then-reuse-values", "--set", "autoscaling.enabled=true")
    assert running()["autoscaling"]["enabled"] is True
    assert kubectl(sandbox, "get", *deployment, "-o", "jsonpath={.spec.replicas}") == "3"


@pytest.fixture
def platform(shell: Tool, sandbox: Context) -> Iterator[Callable[[str], set[str]]]:
    """The platform as a release of Helm; gives the groups that have a role."""
    release = ("fieldday-platform", "./helm/platform", "--namespace", "fieldday-system")
    values = ("--values", "./helm/platform/values-sandbox.yaml")
    viewers = ("--set", "roles.viewer.groups={fieldday:viewers,fieldday:auditors}")
    taken = ("--take-ownership", "--force-conflicts", "--server-side=true")
    shell.run("upgrade", "--install", *release, *values, *viewers, *taken)

    def groups(role: str) -> set[str]:
        found = kubectl(
            sandbox, "get", "rolebindings,clusterrolebindings", "--all-namespaces", "-o", "yaml"
        )
        return {
            subject["name"]
            for binding in yaml.safe_load(found)["items"]
            if binding["metadata"]["name"] == f"fieldday-{role}"
            for subject in binding.get("subjects") or ()
            if subject["kind"] == "Group"
        }

    yield groups
    shell.run("upgrade", *release, *values)
    # The objects stay as they were: only Helm forgets that it has them.
    kubectl(
        sandbox, "delete", "secrets", "--namespace", release[3],
        "--selector", "owner=helm,name=fieldday-platform",
    )  # fmt: skip


def test_break_glass_is_given_and_taken_away_by_the_readmes_words(
    shell: Tool, platform: Callable[[str], set[str]]
) -> None:
    lines = (CHARTS / "platform" / "README.md").read_text().splitlines()
    give, take = (shlex.split(x)[1:] for x in lines if x.startswith("helm ") and "Glass" in x)
    assert platform("break-glass") == set()
    shell.run(*give)
    assert platform("break-glass") == {"fieldday:incident"}
    # Whatever was given before is as it was.
    assert platform("viewer") == {"fieldday:viewers", "fieldday:auditors"}
    shell.run(*take)
    assert platform("break-glass") == set()
    assert platform("viewer") == {"fieldday:viewers", "fieldday:auditors"}
