"""Every command of the runbooks, as a person types it."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.env_file import exports
from sandbox.kubernetes import kubeconfig
from sandbox.layout import CHECKOUT
from sandbox.parts import moto
from sandbox.parts.context import Context
from tests.runbooks import command
from tests.sandbox.terraform_site import Site

pytestmark = pytest.mark.sandbox

ENVIRONMENT = "development"


class Shell:
    """A shell with the sandbox's variables and programs, and the permissions of one role."""

    def __init__(self, context: Context, folder: Path, role: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **exports(context),
            "KUBECONFIG": str(kubeconfig(context, role)),
            "PATH": f"{context.layout.bin}:{os.environ['PATH']}",
        }

    def run(self, command: str, said: str = "") -> str:
        """What the command prints; `said` is what the person answers."""
        done = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture
def shell(sandbox: Context) -> Iterator[Shell]:
    """As the pipeline's role, with two revisions of `api` in production."""
    found = Shell(sandbox, CHECKOUT, "releaser")
    release = "fieldday-api ./helm/api --namespace production"
    values = "--values ./helm/api/values-production.yaml --values ./helm/api/values-sandbox.yaml"
    try:
        for tag in ("1.0.0", "2.0.0"):
            found.run(f"helm upgrade --install {release} {values} --set image.tag={tag}")
        yield found
    finally:
        found.run("helm uninstall fieldday-api --namespace production")


def test_a_release_is_rolled_back_by_hand(shell: Shell) -> None:
    history = command("deployment", "helm history")
    assert "2.0.0" not in running(shell, 1)
    assert running(shell, 2) == "2.0.0"
    shell.run(command("deployment", "helm rollback", revision="1"))
    assert "Rollback to 1" in shell.run(history)
    assert running(shell, 3) == "1.0.0"


def running(shell: Shell, revision: int) -> str:
    """The tag of a revision."""
    words = f"helm get values fieldday-api --namespace production --revision {revision}"
    tag: str = json.loads(shell.run(f"{words} --output json"))["image"]["tag"]
    return tag


@pytest.fixture
def root(sandbox: Context, tmp_path: Path) -> Iterator[Shell]:
    """The sandbox's root module with a state of this test's own."""
    folder = tmp_path / "root"
    ignored = shutil.ignore_patterns(".terraform")
    shutil.copytree(CHECKOUT / "terraform" / "local", folder, ignore=ignored)
    key = f"test-{secrets.token_hex(4)}/terraform.tfstate"
    (folder / "environments" / f"{ENVIRONMENT}.s3.tfbackend").write_text(f'key = "{key}"\n')
    yield Shell(sandbox, folder, "viewer")
    store = s3(sandbox)
    for name in (key, f"{key}.tflock"):
        store.delete_object(Bucket=moto.STATE_BUCKET, Key=name)


def s3(context: Context) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=context.ports.url("moto"),
        region_name=moto.REGION,
        aws_access_key_id=moto.ACCESS_KEY_ID,
        aws_secret_access_key=moto.SECRET_ACCESS_KEY,
    )


def test_terraform_s_lock_is_released_by_hand(root: Shell, sandbox: Context) -> None:
    root.run(command("provisioning", "terraform init", environment=ENVIRONMENT))
    key = (root.folder / "environments" / f"{ENVIRONMENT}.s3.tfbackend").read_text().split('"')[1]
    lock = {
        "ID": "0b8cbd25-0000-4000-8000-000000000000",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ann@laptop",
        "Version": "1.11.4",
        "Created": "2026-01-01T08:00:00.123456789Z",
        "Path": f"{moto.STATE_BUCKET}/{key}",
    }
    store = s3(sandbox)
    store.put_object(Bucket=moto.STATE_BUCKET, Key=f"{key}.tflock", Body=json.dumps(lock).encode())
    root.run(command("provisioning", "terraform force-unlock", id=lock["ID"]), said="yes\n")
    assert store.list_objects_v2(Bucket=moto.STATE_BUCKET, Prefix=key).get("KeyCount") == 0


def test_drift_is_checked_by_hand(sandbox: Context, tmp_path: Path) -> None:
    site = Site(sandbox, f"test-{secrets.token_hex(4)}", tmp_path)
    site.write(f'resource "aws_sns_topic" "this" {{\n  name = "{site.name}"\n}}\n')
    backend = f'bucket = "{moto.STATE_BUCKET}"\nkey    = "{site.name}/terraform.tfstate"\n'
    (site.root / "environments" / f"{site.name}.s3.tfbackend").write_text(backend)
    shell = Shell(sandbox, site.root, "viewer")
    shell.environment |= site.env
    try:
        shell.run(command("drift", "terraform init", environment=site.name))
        shell.run(f"terraform apply -auto-approve -var-file=environments/{site.name}.tfvars")
        plan = command("drift", "terraform plan", environment=site.name)
        assert "has been deleted" not in shell.run(plan)
        (topic,) = (
            found["TopicArn"]
            for found in site.aws("sns").list_topics()["Topics"]
            if found["TopicArn"].endswith(site.name)
        )
        site.aws("sns").delete_topic(TopicArn=topic)
        assert "has been deleted" in shell.run(plan)
    finally:
        site.forget()
