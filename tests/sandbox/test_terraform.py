"""Real Terraform on the sandbox's AWS API: bad input and bad days."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from fieldday.errors import Invalid, Permanent, Retryable
from fieldday.provisioning import journal
from fieldday.provisioning.applying import Apply, Approval, PartlyAppliedError
from fieldday.provisioning.diagnostics import NoAccessError, StateLockedError
from fieldday.provisioning.drift_check import check_drift
from fieldday.provisioning.plan import counts_of
from fieldday.provisioning.planfile import AlteredPlanError, StalePlanError
from fieldday.provisioning.planning import verify
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.results import ApplyReport
from fieldday.provisioning.state import read_state
from fieldday.provisioning.terraform import Terraform, check_configuration
from fieldday.provisioning.workspace import Workspace
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from tests.patience import PATIENCE
from tests.sandbox.terraform_site import PASSWORD, Site, gate

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(3600)]

LOCAL = CHECKOUT / "terraform" / "local"
TOPICS = """
resource "aws_sns_topic" "this" {{
  count = {count}
  name  = "{name}-${{count.index}}"
}}
"""
BUCKET = """
resource "aws_s3_bucket" "this" {{
  bucket = "{name}"
  acl    = "private"
}}
"""
SECRET = """
resource "aws_secretsmanager_secret" "this" {{
  name                    = "{name}"
  recovery_window_in_days = 0
}}

resource "aws_secretsmanager_secret_version" "this" {{
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = jsonencode({{ password = var.database_password }})
}}

output "password" {{
  value     = var.database_password
  sensitive = true
}}

output "name" {{
  value = aws_secretsmanager_secret.this.name
}}
"""
DATABASE = """
resource "aws_db_instance" "this" {{
  identifier          = "{name}"
  engine              = "postgres"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "fieldday"
  password            = var.database_password
  skip_final_snapshot = true
}}
"""


@pytest.fixture
def site(sandbox: Context, tmp_path: Path) -> Iterator[Site]:
    found = Site(sandbox, f"test-{secrets.token_hex(4)}", tmp_path)
    yield found
    found.forget()


def applied(site: Site, plan: ProvisionPlan, *confirmed: str, **env: str) -> ApplyReport:
    apply = Apply(site.environment(plan.run, **env), plan)
    return apply(Approval(plan.file.sha256, frozenset(confirmed)))


def provision(site: Site, run: str) -> None:
    if (plan := site.plan(run)).changes:
        applied(site, plan)


def test_a_second_plan_is_empty_and_no_secret_is_told(site: Site) -> None:
    site.write(SECRET.format(name=site.name))
    plan = site.plan("run-1")
    assert plan.words == "2 to add, 2 outputs"
    done = applied(site, plan)
    assert done.outputs == {"name": site.name}
    checked = verify(site.environment("run-1"), plan, site.aws)
    assert checked.answered == {"aws_secretsmanager_secret.this": "has a value"}
    again = site.plan("run-2")
    assert again.is_empty
    # It is in the state, and nowhere that a person or Airflow looks.
    store = site.environment("run-1").store
    assert PASSWORD in (store.get(f"{site.name}/terraform.tfstate") or b"").decode()
    assert PASSWORD not in json.dumps([found.to_dict() for found in (plan, done, checked, again)])
    changed = site.plan("run-3", TF_VAR_database_password="another-" + PASSWORD)
    assert changed.words == "1 to replace, 1 outputs"
    assert PASSWORD not in json.dumps(changed.to_dict())
    assert "(sensitive)" in json.dumps(changed.to_dict())


@pytest.mark.parametrize(
    ("environment", "old", "new", "said"),
    [
        (
            "staging",
            'environment = "staging"',
            'environment = "stagign"',
            "environment: is not known",
        ),
        ("staging", "zones ", "zone ", 'The root module input variable "zones" is not set'),
        ("staging", "10.20.0.0/16", "10.20.0.0/33", "vpc_cidr: is not an IPv4 block"),
        (
            "staging",
            '"us-east-1a", "us-east-1b", "us-east-1c"',
            '"us-east-1a"',
            "zones: a database",
        ),
        (
            "staging",
            "storage_gb     = 20",
            "storage_gb     = 5",
            "database: storage_gb is below 20",
        ),
        (
            "production",
            "multi_az       = true",
            "multi_az       = false",
            "Set multi_az to true in environments/production.tfvars",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_mend(
    sandbox: Context, tmp_path: Path, environment: str, old: str, new: str, said: str
) -> None:
    site = Site(sandbox, environment, tmp_path)
    (site.root / "settings.tf").unlink()
    workspace = Workspace(tmp_path / "copy")
    workspace.prepare(LOCAL)
    site.root.rename(tmp_path / "unused")
    workspace.root.rename(site.root)
    values = site.root / "environments" / f"{environment}.tfvars"
    text = values.read_text()
    assert old in text
    values.write_text(text.replace(old, new))
    # A state of its own: other tests provision these environments.
    place = site.environment("run-1")
    terraform = Terraform(
        place.workspace.root, f"test-{secrets.token_hex(4)}", place.store.bucket, site.env
    )
    place.workspace.prepare(site.root)
    terraform.init()
    with pytest.raises(Permanent) as caught:
        terraform.plan(values, place.workspace.plan)
    assert said in str(caught.value)


def test_a_password_in_a_var_file_is_refused(site: Site) -> None:
    site.write(SECRET.format(name=site.name))
    site.values(f'database_password = "{PASSWORD}"')
    with pytest.raises(Invalid, match="set TF_VAR_database_password") as caught:
        site.plan("run-1")
    assert PASSWORD not in str(caught.value)


def test_the_configuration_is_checked_without_an_account(site: Site, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "check")

    def check() -> Any:
        workspace.prepare(site.root)
        env = {key: value for key, value in site.env.items() if not key.startswith("AWS_")}
        return check_configuration(Terraform(workspace.root, "x", "no-bucket", env), "root")

    site.write(TOPICS.format(name="x", count=1).strip() + "\n")
    (site.root / "settings.tf").write_text((site.root / "settings.tf").read_text().strip() + "\n")
    assert check() == {"format": "clean", "validate": "valid"}
    site.write('resource "aws_sns_topic" "x" {\n  nam = "x"\n}\n')
    with pytest.raises(Permanent, match=r"main.tf:2: .*\"nam\""):
        check()
    site.write('resource "aws_sns_topic" "x" {\nname = "x"\n}\n')
    with pytest.raises(Permanent, match=r"is not formatted: main.tf. Run 'terraform fmt"):
        check()


def test_credentials_that_are_missing_are_named(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    with pytest.raises(NoAccessError, match="Fix aws_default"):
        site.plan(
            "run-1",
            AWS_ACCESS_KEY_ID="",
            AWS_SECRET_ACCESS_KEY="",
            AWS_SHARED_CREDENTIALS_FILE="/nowhere",
            AWS_CONFIG_FILE="/nowhere",
        )


def test_an_s3_that_refuses_is_named(site: Site, sandbox: Context) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    with gate(sandbox) as refusing:
        refusing.refuses = lambda *_: True
        with pytest.raises(
            NoAccessError, match=r"AWS refuses\. Fix the permissions of aws_default"
        ):
            site.plan("run-1", AWS_ENDPOINT_URL=refusing.url)


def test_a_state_that_can_not_be_stored_is_kept_and_stored_by_the_next_run(
    site: Site, sandbox: Context
) -> None:
    site.write(TOPICS.format(name=site.name, count=3))
    with gate(sandbox) as refusing:
        plan = site.plan("run-1", AWS_ENDPOINT_URL=refusing.url)
        refusing.refuses = lambda method, path: (
            method == "PUT" and "tfstate" in path and ".tflock" not in path
        )
        kept_said = r"errored\.tfstate, and the next run"
        with pytest.raises(PartlyAppliedError, match=kept_said) as caught:
            applied(site, plan, AWS_ENDPOINT_URL=refusing.url)
        kept = site.environment("run-1").workspace.errored_state
        assert str(kept) in str(caught.value)
        # Still refused: nothing is planned on a state that is behind.
        with pytest.raises(NoAccessError, match=f"{kept}: holds a state that could not be stored"):
            site.plan("run-2", AWS_ENDPOINT_URL=refusing.url)
    plan = site.plan("run-3")
    assert "the state that run run-1 could not store was stored now" in plan.recovery
    assert plan.is_empty
    assert not kept.exists()
    names = [
        t["TopicArn"] for t in site.aws("sns").list_topics()["Topics"] if site.name in t["TopicArn"]
    ]
    assert len(names) == 3
    assert journal.unsettled(site.environment("run-3").store) == []


def providers(site: Site) -> list[psutil.Process]:
    """The providers that run for this site."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or [""]
        if "terraform-provider-aws" in words[0] and str(site.folder) in str(process.info["cwd"]):
            found.append(process)
    return found


def when(condition: Callable[[], bool], do: Callable[[], None]) -> threading.Thread:
    """Do it as soon as that is so."""

    def wait() -> None:
        deadline = time.monotonic() + 60 * PATIENCE
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.05)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def databases(site: Site) -> int:
    found = site.aws("rds").describe_db_instances()["DBInstances"]
    return len([d for d in found if d["DBInstanceIdentifier"] == site.name])


def test_a_provider_that_crashes_in_mid_apply(site: Site) -> None:
    """What it had asked for and heard no answer of is imported by the next plan."""
    site.write(DATABASE.format(name=site.name) + TOPICS.format(name=site.name, count=2))
    plan = site.plan("run-1")

    def crash() -> None:
        for process in providers(site):
            with contextlib.suppress(psutil.Error):
                os.kill(process.pid, signal.SIGKILL)

    thread = when(lambda: databases(site) == 1, crash)
    with pytest.raises(PartlyAppliedError, match="the provider crashed"):
        applied(site, plan)
    thread.join()
    plan = site.plan("run-2")
    assert any("the provider" in line or "Plugin" in line for line in plan.recovery)
    actions = {change.address: change.action for change in plan.changes}
    assert actions["aws_db_instance.this"] == "import"
    applied(site, plan)
    assert databases(site) == 1
    assert site.plan("run-3").is_empty
    assert journal.unsettled(site.environment("run-3").store) == []


def test_an_error_of_aws_s_is_not_taken_for_a_crash(site: Site) -> None:
    """A bucket of somebody else's is not imported."""
    name = f"{site.name}-theirs"
    site.aws("rds").create_db_instance(
        DBInstanceIdentifier=site.name,
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="theirs",
        MasterUserPassword=PASSWORD,
        AllocatedStorage=20,
    )
    site.write(DATABASE.format(name=site.name) + TOPICS.format(name=name, count=1))
    plan = site.plan("run-1")
    with pytest.raises(PartlyAppliedError, match="AlreadyExists"):
        applied(site, plan)
    plan = site.plan("run-2")
    assert counts_of(plan.changes) == {"add": 1}
    assert any("failed: aws_db_instance.this" in line for line in plan.recovery)


def test_what_is_applied_is_what_was_approved(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    plan = site.plan("run-1")
    place = site.environment("run-1")
    content = place.store.get(plan.file.key) or b""
    other = site.plan("run-2")
    place.store.put(plan.file.key, place.store.get(other.file.key) or b"")
    with pytest.raises(AlteredPlanError):
        applied(site, plan)
    place.store.put(plan.file.key, content)
    applied(site, plan)
    with pytest.raises(StalePlanError, match="the state has moved since the plan, from no state"):
        applied(site, other)


def test_what_holds_data_is_not_destroyed_without_its_name(site: Site) -> None:
    site.write(BUCKET.format(name=site.name))
    provision(site, "run-1")
    plan = site.plan("run-2", "destroy")
    assert plan.loses_data == ("aws_s3_bucket.this",)
    with pytest.raises(Permanent, match="nobody has confirmed that by name"):
        applied(site, plan)
    with pytest.raises(Permanent, match="nobody has confirmed that by name"):
        applied(site, plan, "aws_s3_bucket.other")
    site.aws("s3").head_bucket(Bucket=site.name)
    applied(site, plan, "aws_s3_bucket.this")
    assert read_state(site.environment("run-2").store).addresses == frozenset()


def test_two_terraforms_do_not_work_on_one_state(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    plan = site.plan("run-1")
    place = site.environment("run-1")
    lock = {
        "ID": "0b8c",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ann@laptop",
        "Version": "1.11.4",
        "Created": "2026-01-01T08:00:00.1Z",
        "Path": "",
    }
    key = f"{site.name}/terraform.tfstate.tflock"
    place.store.put(key, json.dumps(lock).encode())
    with pytest.raises(StateLockedError, match="Terraform of ann@laptop works on the state"):
        applied(site, plan)
    with pytest.raises(StateLockedError, match="ann@laptop"):
        site.plan("run-2")
    place.store.delete(key)
    applied(site, plan)


class NoTrail:
    """A CloudTrail that knows of nothing."""

    def lookup_events(self, **_: Any) -> Any:
        return {"Events": []}


def test_a_provider_that_fails_is_an_error_and_no_drift(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    provision(site, "run-1")
    report = check_drift(site.environment("drift-1"), "drift-1", NoTrail())
    assert (report.outcome, report.drifted, report.pending) == ("in sync", (), ())
    place = site.environment("drift-2", TF_VAR_endpoint_url="http://127.0.0.1:1")
    with pytest.raises(Retryable, match="AWS can't be reached"):
        check_drift(place, "drift-2", NoTrail())
    assert not place.workspace.folder.exists()


def test_what_was_removed_by_hand_is_drift_and_what_was_not_applied_is_not(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    provision(site, "run-1")
    sns = site.aws("sns")
    (arn,) = [t["TopicArn"] for t in sns.list_topics()["Topics"] if site.name in t["TopicArn"]]
    sns.delete_topic(TopicArn=arn)
    site.write(TOPICS.format(name=site.name, count=2))
    report = check_drift(site.environment("drift-1"), "drift-1", NoTrail())
    assert [(d.address, d.how) for d in report.drifted] == [("aws_sns_topic.this[0]", "removed")]
    assert report.pending == ("aws_sns_topic.this[1]",)


def test_what_was_never_provisioned_is_not_checked(site: Site) -> None:
    site.write(TOPICS.format(name=site.name, count=1))
    report = check_drift(site.environment("drift-1"), "drift-1", NoTrail())
    assert (report.outcome, report.reason) == ("not checked", "it has never been provisioned")
