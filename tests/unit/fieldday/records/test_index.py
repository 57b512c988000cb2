"""The last runs of a service or an environment, found by one list request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.provisioning.record import ProvisionRecord
from fieldday.records.index import Summary, latest
from fieldday.records.store import store
from fieldday.releases.record import ReleaseRecord
from tests.unit.fieldday.provisioning.s3_model import S3Model, refusal

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def release(number: int, *services: str, **changes: Any) -> ReleaseRecord:
    given: dict[str, Any] = {
        "run": f"run-{number}",
        "outcome": "promoted",
        "reason": "every step was good",
        "started": (FIRST + timedelta(minutes=number)).isoformat(),
        "ended": (FIRST + timedelta(minutes=number + 1)).isoformat(),
        "requested_by": "operator",
        "request": {"services": list(services)},
    }
    return ReleaseRecord(**{**given, **changes})


@pytest.fixture
def s3() -> Any:
    found = S3Model("reports")
    found.page_size = 1000
    return found


def runs(s3: Any, subject: str, limit: int, pipeline: str = "releases") -> list[str]:
    return [summary.run for summary in latest(s3, "reports", pipeline, subject, limit)]


def test_the_last_of_a_thousand_are_found_by_one_request(s3: Any) -> None:
    for number in range(1100):
        store(release(number, "api", *(["auth"] if number % 2 else [])), s3, "reports", None)
    assert runs(s3, "api", 20) == [f"run-{number}" for number in range(1099, 1079, -1)]
    assert (s3.pages, s3.reads) == (1, 20)
    assert runs(s3, "auth", 3) == ["run-1099", "run-1097", "run-1095"]
    assert len(runs(s3, "auth", 1000)) == 550
    s3.pages = 0
    every = runs(s3, "api", 5000)
    assert (len(every), every[-1], s3.pages) == (1100, "run-0", 2)


def test_a_summary_says_what_came_of_it_and_where_the_record_is(s3: Any) -> None:
    given = release(7, "api", outcome="rejected", reason="rejected by ann")
    store(given, s3, "reports", None)
    (found,) = latest(s3, "reports", "releases", "api", 20)
    assert found == Summary(
        run="run-7",
        outcome="rejected",
        reason="rejected by ann",
        started=given.started,
        ended=given.ended,
        requested_by="operator",
        record="releases/run-7.json",
    )
    assert found.record in s3.buckets["reports"]


def test_a_record_that_is_written_again_is_there_once(s3: Any) -> None:
    store(release(1, "api", outcome="failed"), s3, "reports", None)
    later = (FIRST + timedelta(days=3)).isoformat()
    store(release(1, "api", ended=later), s3, "reports", None)
    (found,) = latest(s3, "reports", "releases", "api", 20)
    assert (found.outcome, found.ended) == ("promoted", later)


def test_pipelines_and_subjects_are_apart(s3: Any) -> None:
    store(release(1, "api"), s3, "reports", None)
    store(release(2, "api-gateway"), s3, "reports", None)
    asked = {"environment": "staging"}
    store(
        ProvisionRecord("manual/1", "applied", "", FIRST.isoformat(), "", None, asked),
        s3,
        "reports",
        None,
    )
    assert runs(s3, "api", 20) == ["run-1"]
    assert runs(s3, "staging", 20) == []
    assert runs(s3, "staging", 20, "provisions") == ["manual/1"]


@pytest.mark.parametrize("services", [None, "api", [7, None, ""], {}])
def test_a_request_that_names_no_service_is_kept_all_the_same(s3: Any, services: Any) -> None:
    store(release(1, request={"services": services}), s3, "reports", None)
    assert list(s3.buckets["reports"]) == ["releases/run-1.json"]


def test_a_subject_can_not_leave_the_index(s3: Any) -> None:
    store(release(1, "../../releases"), s3, "reports", None)
    assert sorted(key.split("/")[0] for key in s3.buckets["reports"]) == ["index", "releases"]
    assert runs(s3, "../../releases", 1) == ["run-1"]


def test_a_run_that_never_started_comes_last(s3: Any) -> None:
    store(release(1, "api", started=""), s3, "reports", None)
    store(release(2, "api"), s3, "reports", None)
    assert runs(s3, "api", 20) == ["run-2", "run-1"]


def test_what_is_no_summary_is_named(s3: Any) -> None:
    s3.put_object(Bucket="reports", Key="index/releases/api/1-x.json", Body=b"{}")
    with pytest.raises(Permanent, match=r"s3://reports/index/releases/api/1-x\.json: is not a sum"):
        latest(s3, "reports", "releases", "api", 20)


def test_an_index_that_can_not_be_written_is_tried_again(s3: Any) -> None:
    stored = s3.put_object

    def put_object(**given: Any) -> None:
        if given["Key"].startswith("index/"):
            raise refusal("SlowDown", "PutObject")
        stored(**given)

    s3.put_object = put_object
    with pytest.raises(Retryable, match=r"s3://reports/index/releases/api/.*can't be written"):
        store(release(1, "api"), s3, "reports", None)
    assert list(s3.buckets["reports"]) == ["releases/run-1.json"]
