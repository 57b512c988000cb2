"""What `drift_check` and the record of `provision` make of what the library finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from fieldday.airflow import aws as aws_module
from fieldday.airflow import connections
from fieldday.airflow.drift_check import tasks as drift_tasks
from fieldday.airflow.provision import record as provision_record
from fieldday.airflow.provision import tasks
from fieldday.approvals import Approval
from fieldday.errors import Permanent, Retryable
from fieldday.metrics.push import PushGateway
from fieldday.provisioning import acquisition, drift_check, drift_gauges, planning
from fieldday.provisioning import checks as checks_of_roots
from fieldday.provisioning.acquisition import Acquisition
from fieldday.provisioning.cloudtrail import Author
from fieldday.provisioning.drift import Drifted, DriftReport
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.results import ApplyReport, Verification
from fieldday.provisioning.scan import Scan
from tests.unit.fieldday.airflow.conftest import KEY, TaskInstance
from tests.unit.fieldday.provisioning.plans import SHA, plan

TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"


def report(**changes: Any) -> DriftReport:
    given = {
        "run": "run-1",
        "request": {"environment": "staging"},
        "requested_by": None,
        "outcome": "drift",
        "reason": "1 resources are not as Terraform left them",
        "started": "2026-11-25T03:17:00+00:00",
        "ended": "2026-11-25T03:17:20+00:00",
        "drifted": (Drifted("aws_vpc.x", "aws_vpc", "removed", (), Author("ann", "x")),),
    }
    return DriftReport(**{**given, **changes})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mock]:
    """boto3's clients by service, and no Terraform."""
    found: dict[str, Mock] = {}
    monkeypatch.setattr(
        aws_module, "client", lambda service: found.setdefault(service, Mock(name=service))
    )
    monkeypatch.setattr(aws_module, "trail", Mock())
    monkeypatch.setattr(aws_module, "environment", create_autospec(aws_module.environment))
    return found


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch, connect: Any) -> Mock:
    """What goes to the metrics."""
    extra = {"path": "/api/v1/import/prometheus"}
    connect("pushgateway_default", conn_type="http", host="127.0.0.1", port=8428, extra=extra)
    found = create_autospec(drift_gauges.push)
    monkeypatch.setattr(drift_gauges, "push", found)
    return found


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Mock:
    found = create_autospec(drift_check.check_drift)
    monkeypatch.setattr(drift_check, "check_drift", found)
    return found


def test_each_environment_of_the_root_is_looked_at(environment: Any) -> None:
    environment({"FIELDDAY_TERRAFORM_ROOT": "terraform/local"})
    assert drift_tasks.environments.function() == ["development", "production", "staging"]


def test_drift_is_pushed_told_and_kept(
    context: Any, aws: Any, pushed: Mock, checks: Mock, environment: Any, tmp_path: Path
) -> None:
    environment({"FIELDDAY_ALERTS_TOPIC": TOPIC, "FIELDDAY_REPORTS_DIR": str(tmp_path)})
    checks.return_value = report()
    found = drift_tasks.check_for_drift.function("staging")
    gateway = PushGateway("http://127.0.0.1:8428/api/v1/import/prometheus")
    pushed.assert_called_once_with(report(), gateway)
    assert aws["sns"].publish.call_args.kwargs["TopicArn"] == TOPIC
    assert found["drifted"] == [{"address": "aws_vpc.x", "what": "is gone"}]
    assert found["notified"] == TOPIC
    kept = json.loads((tmp_path / "drift" / "staging" / "run-1.json").read_text())
    assert kept["notified"] == TOPIC
    keys = [call.kwargs["Key"] for call in aws["s3"].put_object.call_args_list]
    assert keys[0] == "drift/staging/run-1.json"
    assert keys[1].startswith("index/drift/staging/")


@pytest.mark.parametrize(
    ("given", "topic", "said"),
    [
        (report(), None, "nobody: FIELDDAY_ALERTS_TOPIC is not set"),
        (report(outcome="in sync", drifted=()), TOPIC, "nobody: there is no drift"),
    ],
)
def test_that_nobody_was_told_is_said(
    context: Any,
    aws: Any,
    pushed: Mock,
    checks: Mock,
    environment: Any,
    given: DriftReport,
    topic: str | None,
    said: str,
) -> None:
    environment({"FIELDDAY_ALERTS_TOPIC": topic or ""})
    checks.return_value = given
    assert drift_tasks.check_for_drift.function("staging")["notified"] == said
    assert "sns" not in aws


@pytest.mark.parametrize("error", [Retryable("the provider crashed."), Permanent("no access.")])
def test_a_check_that_fails_is_an_error_and_no_drift(
    context: Any, aws: Any, pushed: Mock, checks: Mock, error: Exception
) -> None:
    checks.side_effect = error
    with pytest.raises(type(error)):
        drift_tasks.check_for_drift.function("staging")
    (given, _), _ = pushed.call_args
    assert (given.outcome, given.drifted, given.reason) == ("error", (), str(error))
    assert aws == {}


def test_what_was_not_checked_changes_no_figure(
    context: Any, aws: Any, pushed: Mock, checks: Mock
) -> None:
    checks.return_value = report(outcome="not checked", reason="run-9 has it", drifted=())
    with pytest.raises(AirflowSkipException, match="staging: not checked: run-9 has it"):
        drift_tasks.check_for_drift.function("staging")
    pushed.assert_not_called()


def test_without_a_gateway_there_is_an_error_that_names_it(connect: Any) -> None:
    connect("pushgateway_default", conn_type="http")
    with pytest.raises(Permanent, match="pushgateway_default: names no host"):
        connections.push_gateway()


REQUEST = Acquisition(ProvisionRequest("staging", (), "apply", 60, "A test")).to_dict()


@pytest.fixture
def local(environment: Any) -> None:
    environment({"FIELDDAY_TERRAFORM_ROOT": "terraform/local"})


def test_the_configuration_is_checked_in_a_copy(
    context: Any, local: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def check(given: Any, name: str) -> Any:
        seen.append((name, (given.folder / "main.tf").is_file(), given.env))
        return {"format": "clean"}

    monkeypatch.setattr(checks_of_roots, "check_configuration", check)
    assert tasks.check.function(REQUEST) == {"format": "clean"}
    assert seen == [("terraform/local", True, {})]


def test_a_scan_that_finds_something_ends_the_run(
    context: Any, local: None, replace: Any, ti: TaskInstance
) -> None:
    replace(checks_of_roots, "scan", Scan("findings", "1 failed: CKV_AWS_1 x", 3, 1))
    with pytest.raises(Permanent, match=r"terraform/local: the security scan has findings: 1 fai"):
        tasks.scan.function(REQUEST)
    assert "CKV_AWS_1" in ti.pushed["error"]


def test_one_that_could_not_be_made_goes_on_to_the_card(
    context: Any, local: None, replace: Any
) -> None:
    replace(checks_of_roots, "scan", Scan("not scanned", "checkov is not installed"))
    assert tasks.scan.function(REQUEST)["status"] == "not scanned"


def test_a_plan_is_asked_for_in_the_name_of_who_asked(
    context: Any, local: None, aws: Any, replace: Any
) -> None:
    planned = plan()
    made = replace(planning, "make_plan", planned)
    held = replace(acquisition, "check_held", None)
    assert tasks.plan.function(REQUEST) == planned.to_dict()
    _, asked, run, who = made.call_args.args
    assert (asked.environment, asked.modules, run, who) == ("staging", (), "run-1", "operator")
    assert held.call_args.args[1] == "run-1"


def test_a_run_that_airflow_started_says_so(context: Any) -> None:
    del context["dag_run"].triggering_user_name
    assert tasks.who(context) == "Airflow (run-1)"


AT = "2026-11-24T08:15:00+00:00"
APPLIED = ApplyReport("run-1", SHA, "run run-1: 2 made", begun=True, complete=True).to_dict()
VERIFIED = Verification("run-1", SHA, "nothing to do").to_dict()
ORDER = (
    "acquire_lock",
    "release_stale_lock",
    "check",
    "scan",
    "plan",
    "approve",
    "apply",
    "verify",
)


@pytest.fixture
def run(context: Any, ti: TaskInstance, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The context after a good run."""
    context["dag_run"].dag_id = "provision"
    context["params"] = {"environment": "staging"}
    states = {**dict.fromkeys(ORDER, "success"), "plan_again": "skipped"}
    monkeypatch.setattr(ti, "get_task_states", lambda **_: {"run-1": states})
    ti.left = {(name, "return_value"): {"from": name} for name in ORDER}
    planned = plan()
    ti.left["plan", "return_value"] = planned.to_dict()
    ti.left["apply", "report"] = APPLIED
    ti.left["verify", "return_value"] = VERIFIED
    covers = planned.approved.to_dict()
    signed = Approval("provision", "run-1", "approve", "ann", AT, covers).signed(KEY)
    ti.left["approve", "return_value"] = signed
    return context


def test_each_task_gives_its_part_of_the_record(run: Any) -> None:
    found = provision_record.gather(run)
    assert (found.outcome, found.reason) == ("applied", "run run-1: 2 made")
    assert found.request == {"environment": "staging"}
    assert found.apply == APPLIED
    assert found.verification == VERIFIED
    assert found.plan["file"]["sha256"] == SHA
    for part, task in {
        "check": "check",
        "scan": "scan",
        "released_lock": "release_stale_lock",
    }.items():
        assert getattr(found, part) == {"from": task}
    assert (found.approval["by"], found.approval["genuine"]) == ("ann", True)
    assert found.planned_again == {}
    assert found.tasks["plan_again"] == "skipped"


def test_the_record_is_stored(run: Any, aws: Any, environment: Any, tmp_path: Path) -> None:
    environment({"FIELDDAY_REPORTS_DIR": str(tmp_path)})
    address = provision_record.record_evidence.function()
    assert address == "s3://fieldday-reports/provisions/run-1.json"
    kept = json.loads((tmp_path / "provisions" / "run-1.json").read_text())
    assert kept["outcome"] == "applied"
    assert aws["s3"].put_object.called
