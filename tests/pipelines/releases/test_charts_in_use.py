"""What charts do once they are installed: their own test, and the cron tasks of `jobs`."""

from __future__ import annotations

import json
import secrets

import pytest

from sandbox.demo.airflow import until
from sandbox.demo.services import SERVICES
from sandbox.kubernetes import kubectl
from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.pipelines.releases.releasing import Releases
from tests.sandbox.test_charts import helm

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]

TASK = "fieldday-jobs-refresh-conditions"
STAGING = ("--namespace", "staging")


@pytest.mark.parametrize("service", SERVICES)
def test_helm_test_succeeds(releases: Releases, sandbox: Context, service: str) -> None:
    said = helm(sandbox, f"helm test fieldday-{service} --namespace production --logs")
    assert "Phase:          Succeeded" in said


def test_a_cron_task_runs(releases: Releases, sandbox: Context) -> None:
    """With an image that a release has made: all services are one in the sandbox."""
    version, _ = releases.running("auth")
    helm(
        sandbox,
        "helm upgrade --install fieldday-jobs ./helm/jobs --namespace staging "
        "--values ./helm/jobs/values-staging.yaml --values ./helm/jobs/values-sandbox.yaml "
        # Nothing of it runs but the task that this test starts.
        "--set replicas=0,cron.suspend=true",
        *("--set", f"image.repository=fieldday/auth,image.tag={version}"),
    )
    job = f"{TASK}-{secrets.token_hex(3)}"
    try:
        kubectl(sandbox, "create", "job", job, f"--from=cronjob/{TASK}", *STAGING)
        done = ("--output=jsonpath={.status.succeeded}", *STAGING)
        assert until(lambda: kubectl(sandbox, "get", "job", job, *done) == "1", 50 * PATIENCE)
        log = kubectl(sandbox, "logs", f"job/{job}", *STAGING)
        said = json.loads(log.splitlines()[-1])
        assert (said["event"], said["task"]) == ("task done", "refresh-conditions")
    finally:
        helm(sandbox, "helm uninstall fieldday-jobs --namespace staging")
        kubectl(sandbox, "delete", "job", job, "--ignore-not-found", *STAGING)
