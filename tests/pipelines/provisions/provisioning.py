"""Starting runs of `provision`, answering for them, and asking AWS what came of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil

from sandbox.demo.airflow import until
from sandbox.env_file import exports
from sandbox.layout import CHECKOUT
from sandbox.parts import moto
from tests.patience import PATIENCE
from tests.pipelines.runs import Runs, report_of

DATABASE = "module.database.aws_db_instance.this"
TOPIC = "module.alerts.aws_sns_topic.this"


@dataclass
class Provisions(Runs):
    """Runs of `provision`, and what they made in AWS."""

    dag = "provision"
    _clients: dict[str, Any] = field(default_factory=dict)
    _started: list[str] = field(default_factory=list)

    def start(self, environment: str, **conf: Any) -> str:
        asked = {"environment": environment, "mode": "apply", "reason": "A test", **conf}
        run = self.operator.trigger(asked)
        self._started.append(run)
        return run

    def end_all(self) -> None:
        """Reject what a test has left waiting, so that the next finds its environments free."""
        for run in self._started:
            while not self.ended(run):
                for task in self.approver.cards(run):
                    self.approver.answer(run, "Reject", task)
                time.sleep(0.5)
        self._started.clear()

    def card(self, run: str, task: str = "approve") -> dict[str, Any]:
        """Wait until a person is asked; what it says."""

        def is_there() -> bool:
            return task in self.approver.cards(run) or self.ended(run)

        assert self.comes(is_there), self.tasks_of(run)
        cards = self.approver.cards(run)
        assert task in cards, f"{self.tasks_of(run)}: {self.record(run)['reason']}"
        return cards[task]

    def answer(
        self,
        run: str,
        option: str = "Approve",
        task: str = "approve",
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        self.card(run, task)
        self.approver.answer(run, option, task, fields)

    def follow(self, run: str) -> dict[str, Any]:
        """Wait for the end of a run; its record."""
        assert self.comes(lambda: self.ended(run)), self.tasks_of(run)
        record = self.record(run)
        # Shown with a failure, and by `-rP`.
        sys.stdout.write(f"{run}: {record['outcome']}: {record['reason']}\n")
        return record

    def record(self, run: str) -> dict[str, Any]:
        return report_of(self.context.layout.reports / "provisions", run)

    def ensure(self, environment: str) -> None:
        """Have the environment provisioned."""
        # What tests destroy; another's leftovers are made up for.
        if {DATABASE, TOPIC} <= set(self.resources(environment)):
            return
        run = self.start(environment)
        self.answer(run)
        assert self.follow(run)["outcome"] == "applied"

    def aws(self, service: str) -> Any:
        """boto3's client of a service of the sandbox."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.context.ports.url("moto"),
                region_name=moto.REGION,
                aws_access_key_id=moto.ACCESS_KEY_ID,
                aws_secret_access_key=moto.SECRET_ACCESS_KEY,
            )
        return self._clients[service]

    def object(self, key: str) -> bytes | None:
        """An object of the state bucket."""
        s3 = self.aws("s3")
        try:
            content: bytes = s3.get_object(Bucket=moto.STATE_BUCKET, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return content

    def keys(self, prefix: str = "") -> list[str]:
        found = self.aws("s3").list_objects_v2(Bucket=moto.STATE_BUCKET, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]

    def state(self, environment: str) -> dict[str, Any]:
        content = self.object(f"local/{environment}/terraform.tfstate")
        found: dict[str, Any] = json.loads(content) if content else {"serial": 0, "resources": []}
        return found

    def resources(self, environment: str) -> list[str]:
        """The addresses in the state, without indices."""
        found = self.state(environment)["resources"]
        return [f"{r['module']}.{r['type']}.{r['name']}" for r in found if r["instances"]]

    def counts(self, environment: str) -> dict[str, int]:
        """How many there are in AWS of what an apply makes once."""
        name = f"fieldday-{environment}"
        ec2, here = self.aws("ec2"), [{"Name": "tag:Environment", "Values": [environment]}]
        keys = self.aws("kms").list_keys()["Keys"]
        described = [self.aws("kms").describe_key(KeyId=key["KeyId"]) for key in keys]
        ours = [
            key["KeyMetadata"]
            for key in described
            if key["KeyMetadata"]["Description"] == f"Data of {name}"
            and key["KeyMetadata"]["KeyState"] == "Enabled"
        ]
        databases = self.aws("rds").describe_db_instances()["DBInstances"]
        secrets = self.aws("secretsmanager").list_secrets()["SecretList"]
        return {
            "vpcs": len(ec2.describe_vpcs(Filters=here)["Vpcs"]),
            "subnets": len(ec2.describe_subnets(Filters=here)["Subnets"]),
            "gateways": len(ec2.describe_internet_gateways(Filters=here)["InternetGateways"]),
            "keys": len(ours),
            "databases": len([d for d in databases if d["DBInstanceIdentifier"] == name]),
            "secrets": len([s for s in secrets if s["Name"] == f"{name}/database"]),
        }

    def remove(self, environment: str) -> None:
        """Destroy the environment and forget its state, as a person with Terraform would."""
        if self.object(f"local/{environment}/terraform.tfstate") is not None:
            self.terraform(environment, "destroy", "-auto-approve")
        for key in self.keys(f"local/{environment}/"):
            self.aws("s3").delete_object(Bucket=moto.STATE_BUCKET, Key=key)

    def terraform(self, environment: str, *words: str) -> str:
        """Terraform from a shell that has sourced the sandbox's environment."""
        program = str(self.context.layout.bin / "terraform")
        env = {**os.environ, **exports(self.context), "TF_IN_AUTOMATION": "1"}
        backend = (f"bucket={moto.STATE_BUCKET}", f"key=local/{environment}/terraform.tfstate")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "root"
            shutil.copytree(CHECKOUT / "terraform" / "local", root)
            values = (f"-var-file=environments/{environment}.tfvars",)
            for command in (
                ("init", "-input=false", *(f"-backend-config={value}" for value in backend)),
                (words[0], "-input=false", "-no-color", *values, *words[1:]),
            ):
                done = subprocess.run(
                    (program, *command),
                    cwd=root,
                    env=env,
                    capture_output=True,
                    text=True,
                    timeout=300 * PATIENCE,
                )
                assert done.returncode == 0, done.stderr
        return done.stdout

    def applying(self, run: str, seconds: float = 120) -> psutil.Process:
        """The Terraform that applies for a run, once it is there."""
        deadline = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < deadline:
            for process in psutil.process_iter(["cmdline", "cwd"]):
                words = process.info["cmdline"] or []
                if words[1:2] == ["apply"] and run in str(process.info["cwd"]):
                    return process
            time.sleep(0.05)
        raise AssertionError(f"{run}: no apply was seen: {self.tasks_of(run)}")

    def await_made(self, run: str, count: int) -> None:
        """Wait until the apply of a run has made so many resources."""
        environment = self.operator.xcom(run, "plan")["environment"]

        def is_so() -> bool:
            found = [
                json.loads(self.object(key) or b"{}")
                for key in self.keys(f"local/{environment}/jo")
            ]
            return any(j.get("run") == run and len(j["done"]) >= count for j in found)

        assert until(is_so, 120 * PATIENCE), f"{run}: fewer than {count} were made"
