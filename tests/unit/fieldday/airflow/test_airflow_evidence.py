from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from fieldday.airflow import aws
from fieldday.airflow.release.record import gather, record_evidence
from fieldday.errors import Retryable
from tests.unit.fieldday.airflow.conftest import TaskInstance
from tests.unit.fieldday.airflow.operating import IMAGES, approval, plan

ORDER = (
    "plan",
    "lint_and_unit_tests",
    "build_and_push",
    "scan",
    "deploy_staging",
    "test_staging",
    "approve",
    "rollout",
    "verify",
)


@pytest.fixture
def run(context: dict[str, Any], ti: TaskInstance) -> dict[str, Any]:
    """The context after a good release."""
    context["params"] = {"services": ["api"], "reason": "Faster search"}
    ti.states = {**dict.fromkeys(ORDER, "success"), "restore_stable": "skipped"}
    ti.left = {(name, "return_value"): {"from": name} for name in ORDER}
    ti.left["plan", "return_value"] |= plan("api")
    ti.left["build_and_push", "return_value"] = IMAGES
    ti.left["approve", "return_value"] |= approval(plan("api"))
    ti.left["rollout", "return_value"] |= {"failed": None, "unrestored": []}
    ti.left["verify", "return_value"] |= {"answered": {"api": "api.fieldday.example"}}
    return context


class Bucket:
    """S3, as much of it as is needed."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Any] = {}
        self.error: Exception | None = None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any:  # noqa: N803
        assert ContentType == "application/json"
        if self.error:
            raise self.error
        self.objects[Bucket, Key] = json.loads(Body)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    found = Bucket()

    def client(service: str) -> Bucket:
        assert service == "s3"
        return found

    monkeypatch.setattr(aws, "client", client)
    return found


def ended(ti: TaskInstance, failed: str, **after: str) -> None:
    """The run as it is when that task has failed."""
    at = ORDER.index(failed)
    later = dict.fromkeys(ORDER[at + 1 :], "upstream_failed")
    ti.states = {**dict.fromkeys(ORDER[:at], "success"), failed: "failed", **later, **after}
    for name in ORDER[at:]:
        del ti.left[name, "return_value"]


def test_each_task_gives_its_part(run: Any, ti: TaskInstance) -> None:
    found = gather(run)
    assert found.outcome == "promoted"
    assert found.run == "run-1"
    assert found.requested_by == "operator"
    assert found.request == run["params"]
    assert found.started == "2026-11-24T08:14:11+00:00"
    assert datetime.fromisoformat(found.ended).tzinfo is UTC
    assert found.plan["from"] == "plan"
    assert found.checks == {"from": "lint_and_unit_tests"}
    assert found.images == IMAGES
    assert found.scan == {"from": "scan"}
    assert found.staging["deployment"] == {"from": "deploy_staging"}
    assert found.staging["tests"] == {"from": "test_staging"}
    assert found.approval["from"] == "approve"
    assert found.approval["genuine"] is True
    assert found.rollout["from"] == "rollout"
    assert found.verification["from"] == "verify"
    assert found.rollback == {}
    assert found.tasks == ti.states


def test_a_task_that_failed_gives_what_it_reported(run: Any, ti: TaskInstance) -> None:
    ended(ti, "rollout", restore_stable="skipped")
    report = {"failed": "api", "reason": "errors 5 %", "steps": []}
    ti.left["rollout", "report"] = report
    found = gather(run)
    assert (found.outcome, found.reason) == ("rolled_back", "api: errors 5 %")
    assert found.rollout == report
    assert found.verification == {}


@pytest.mark.parametrize(
    ("report", "outcome", "reason"),
    [
        ({"decision": "rejected", "by": "ann"}, "rejected", "rejected by ann"),
        ({"decision": "unanswered", "by": None}, "unanswered", "nobody answered in time"),
    ],
)
def test_a_release_that_nobody_approved(
    run: Any, ti: TaskInstance, report: Any, outcome: str, reason: str
) -> None:
    ended(ti, "approve", restore_stable="skipped")
    ti.left["approve", "report"] = report
    found = gather(run)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.approval == report


def test_a_request_that_was_wrong_says_why(run: Any, ti: TaskInstance) -> None:
    ended(ti, "plan", restore_stable="skipped")
    ti.left["plan", "error"] = "version: 'latest' names no one version. Use another."
    found = gather(run)
    assert found.outcome == "refused"
    assert found.reason.startswith("version: 'latest'")
    assert found.plan == {}


def test_what_was_promoted_and_then_restored(run: Any, ti: TaskInstance) -> None:
    ended(ti, "verify", restore_stable="success")
    ti.left["verify", "error"] = "production: api gives status 500."
    ti.left["restore_stable", "return_value"] = {"steps": ["back"], "unrestored": []}
    found = gather(run)
    assert found.outcome == "rolled_back"
    assert found.reason == "verify: production: api gives status 500."
    assert found.rollback == {"steps": ["back"], "unrestored": []}


def test_a_restoration_that_failed_is_not_hidden(run: Any, ti: TaskInstance) -> None:
    ended(ti, "verify", restore_stable="failed")
    found = gather(run)
    assert found.outcome == "failed"
    assert "stable could not be restored" in found.reason


@pytest.mark.parametrize("at", ["plan", "approve", "rollout"])
def test_a_run_that_a_person_stopped_fails_and_says_so(
    run: Any, ti: TaskInstance, bucket: Bucket, at: str
) -> None:
    """Airflow skips what had not begun, and would call that a success."""
    ended(ti, at)
    ti.states = {n: "skipped" if s == "upstream_failed" else s for n, s in ti.states.items()}
    said = f"The release was not promoted: {at}: stopped by hand. Its record is s3://"
    with pytest.raises(AirflowFailException, match=said):
        record_evidence.function()
    (record,) = (found for (_, key), found in bucket.objects.items() if key[:6] != "index/")
    assert (record["outcome"], record["reason"]) == ("failed", f"{at}: stopped by hand")


def test_a_run_that_was_stopped_before_it_began(run: Any, ti: TaskInstance) -> None:
    ti.states, ti.left = {}, {}
    run["dag_run"].start_date = None
    found = gather(run)
    assert (found.outcome, found.reason) == ("failed", "ended before its end")
    assert found.started == ""
    assert found.tasks == {}


def test_the_record_is_stored_where_the_settings_say(
    run: Any, bucket: Bucket, tmp_path: Path, environment: Callable[..., None]
) -> None:
    environment({"FIELDDAY_REPORTS_BUCKET": "records", "FIELDDAY_REPORTS_DIR": str(tmp_path)})
    assert record_evidence.function() == "s3://records/releases/run-1.json"
    record = bucket.objects["records", "releases/run-1.json"]
    assert record["outcome"] == "promoted"
    assert json.loads((tmp_path / "releases" / "run-1.json").read_text()) == record


def test_s3_being_away_is_tried_again(run: Any, bucket: Bucket) -> None:
    bucket.error = OSError("away")
    with pytest.raises(Retryable, match="can't be written"):
        record_evidence.function()
