"""What is drift, who did it, and who is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
import respx

from fieldday.errors import Permanent, Retryable
from fieldday.metrics.push import PushGateway, exposition
from fieldday.provisioning import drift_check
from fieldday.provisioning.attribute_diff import Difference
from fieldday.provisioning.cloudtrail import UNKNOWN, Author, last_author
from fieldday.provisioning.drift import Drifted, DriftReport, pending, read_drift, words
from fieldday.provisioning.drift_gauges import gauges, push
from fieldday.provisioning.drift_notice import markdown, notify, text
from fieldday.provisioning.plan import TerraformPlan
from tests.unit.fieldday.provisioning.conftest import entry, shown
from tests.unit.fieldday.provisioning.s3_model import refusal

DATABASE = "module.database.aws_db_instance.this"
NOBODY = Author(UNKNOWN, "not asked")
SCHEMAS = {
    "aws_db_instance": {
        "backup_retention_period": {"optional": True, "computed": True},
        "latest_restorable_time": {"computed": True},
        "tags_all": {"optional": True, "computed": True},
        "ca": {"computed": True},
    }
}


def refreshed(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resource_drift": list(entries)}


def read(*entries: dict[str, Any]) -> tuple[Drifted, ...]:
    return read_drift(refreshed(*entries), SCHEMAS, lambda _: NOBODY)


def test_a_change_by_hand_is_told_with_its_attribute() -> None:
    before = {"backup_retention_period": 7, "latest_restorable_time": "1", "tags": None}
    after = {"backup_retention_period": 1, "latest_restorable_time": "2", "tags": {}}
    (found,) = read(entry(DATABASE, ["update"], before=before, after=after))
    assert found == Drifted(
        DATABASE,
        "aws_db_instance",
        "changed",
        (Difference("backup_retention_period", "7", "1"),),
        NOBODY,
    )
    assert found.what == "backup_retention_period: 7 -> 1"


def test_what_only_the_provider_reads_is_no_drift() -> None:
    before = {"latest_restorable_time": "1", "ca": [{"expires": 1}], "tags": None}
    after = {"latest_restorable_time": "2", "ca": [{"expires": 2}], "tags": {}}
    assert read(entry(DATABASE, ["update"], before=before, after=after)) == ()


def test_what_was_removed_by_hand() -> None:
    (found,) = read(entry(DATABASE, ["delete"], before={"identifier": "x"}, after=None))
    assert (found.how, found.what) == ("removed", "is gone")


def test_data_sources_do_not_drift() -> None:
    assert read(entry("data.aws_ami.x", ["update"], before={"a": 1}, after={"a": 2})) == ()


def test_who_did_it_is_asked_by_the_names_that_the_resource_has() -> None:
    asked: list[Any] = []

    def author(names: Any) -> Author:
        asked.append(list(names))
        return Author("ann", "ModifyDBInstance")

    before = {"id": "db-1", "arn": "arn:x", "identifier": "db-1", "name": None, "a": 1}
    changed = entry(DATABASE, ["update"], before=before, after={**before, "a": 2})
    (found,) = read_drift(refreshed(changed), SCHEMAS, author)
    assert asked == [["db-1", "arn:x"]]
    assert found.author.name == "ann"


def test_what_was_not_applied_is_apart_from_drift() -> None:
    plan = TerraformPlan.of(
        shown(
            entry(DATABASE, ["update"], before={"a": 1}, after={"a": 2}),
            entry("aws_vpc.new", ["create"]),
        )
    )
    drifted = [Drifted(DATABASE, "aws_db_instance", "changed", (), NOBODY)]
    assert pending(plan, drifted) == ("aws_vpc.new",)
    assert words(drifted, ["aws_vpc.new"]) == (
        "1 resources are not as Terraform left them; "
        "1 changes of the configuration were not applied"
    )
    assert words([], []) == "all is as Terraform left it"


class Trail:
    """CloudTrail with given events, or an error."""

    def __init__(self, *events: dict[str, Any], error: Exception | None = None) -> None:
        self.events = list(events)
        self.error = error
        self.asked: list[str] = []

    def lookup_events(self, *, LookupAttributes: Any, MaxResults: int) -> Any:  # noqa: N803
        assert 1 <= MaxResults <= 50
        self.asked.append(LookupAttributes[0]["AttributeValue"])
        if self.error:
            raise self.error
        return {"Events": self.events}


def event(name: str, user: str | None, **more: Any) -> dict[str, Any]:
    time = datetime(2026, 11, 24, 22, 5, tzinfo=UTC)
    return {"EventName": name, "Username": user, "EventTime": time, **more}


def test_the_last_who_wrote_is_the_author() -> None:
    detail = json.dumps({"sourceIPAddress": "192.0.2.7"})
    trail = Trail(
        event("DescribeDBInstances", "terraform"),
        event("GetThing", "terraform", ReadOnly="true"),
        event("ModifyDBInstance", "ann", ReadOnly="false", CloudTrailEvent=detail),
        event("ModifyDBInstance", "ben"),
    )
    found = last_author(trail, ["db"])
    assert found.name == "ann"
    assert found.detail == "ModifyDBInstance 2026-11-24T22:05:00+00:00 from 192.0.2.7"


def test_an_event_without_a_name_or_with_a_damaged_record() -> None:
    found = last_author(Trail(event("DeleteBucket", None, CloudTrailEvent="{")), ["b"])
    assert found.name == UNKNOWN
    assert found.detail.startswith("DeleteBucket")


@pytest.mark.parametrize(
    ("trail", "said"),
    [
        (Trail(), "knows of no change in 90 days"),
        (Trail(event("ListBuckets", "ann")), "knows of no change"),
        (Trail(error=RuntimeError("500")), "was unreachable: RuntimeError"),
    ],
)
def test_who_is_unknown_is_said_to_be(trail: Trail, said: str) -> None:
    found = last_author(trail, ["a", "b"])
    assert found.name == UNKNOWN
    assert said in found.detail


def report(**changes: Any) -> DriftReport:
    drifted = Drifted(
        DATABASE, "aws_db_instance", "changed", (Difference("days", "7", "1"),), Author("ann", "x")
    )
    given = {
        "run": "scheduled/1",
        "request": {"environment": "staging"},
        "requested_by": None,
        "outcome": "drift",
        "reason": "1 resources are not as Terraform left them",
        "started": "2026-11-25T03:17:00+00:00",
        "ended": "2026-11-25T03:17:20+00:00",
        "drifted": (drifted,),
        "pending": ("aws_vpc.new",),
    }
    return DriftReport(**{**given, **changes})


def test_a_report_is_kept_by_environment() -> None:
    assert report().key == "drift/staging/scheduled-1.json"
    kept = json.loads(report().to_json())
    assert kept["drifted"][0]["differences"] == [{"attribute": "days", "before": "7", "after": "1"}]


def test_people_are_told_of_each_attribute_and_of_the_mend() -> None:
    sns = Mock()
    assert notify(report(), "arn:topic", lambda _: sns) == "arn:topic"
    given = sns.publish.call_args.kwargs
    assert given["Subject"] == "Drift in staging: 1 resources"
    assert given["Message"] == text(report())
    assert f"{DATABASE}: days: 7 -> 1; by ann (x)" in given["Message"]
    assert "Undo it with `provision`" in given["Message"]
    assert f"| `{DATABASE}` | `days: 7 -> 1` | `ann` | x |" in markdown(report())
    assert "`aws_vpc.new`" in markdown(report())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError("no topic"), Retryable),
        (refusal("Throttling", "Publish"), Retryable),
        (refusal("AuthorizationError", "Publish"), Permanent),
        (refusal("NotFound", "Publish"), Permanent),
    ],
)
def test_that_nobody_could_be_told_is_an_error(error: Exception, kind: type[Exception]) -> None:
    sns = Mock()
    sns.publish.side_effect = error
    with pytest.raises(kind, match="arn:topic: nobody could be notified"):
        notify(report(), "arn:topic", lambda _: sns)


class Channels:
    """Where reports go, in the order in which they went."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def report(self, check: Callable[[], DriftReport]) -> tuple[DriftReport, str | None]:
        def to(name: str) -> Callable[[DriftReport], str]:
            def send(given: DriftReport) -> str:
                self.sent.append((name, given.notified or given.outcome))
                return f"sent to {name}"

            return send

        def push(given: DriftReport) -> None:
            to("metrics")(given)

        channels = drift_check.Channels(push, to("people"), to("records"))
        return drift_check.check_and_report("run-1", "staging", check, channels)


def test_the_record_says_who_was_notified() -> None:
    channels = Channels()
    found, address = channels.report(report)
    assert (found.notified, address) == ("sent to people", "sent to records")
    assert channels.sent == [
        ("metrics", "drift"),
        ("people", "drift"),
        ("records", "sent to people"),
    ]


def test_what_was_not_checked_is_sent_nowhere() -> None:
    channels = Channels()
    assert channels.report(lambda: report(outcome="not checked"))[1] is None
    assert channels.sent == []


def test_a_check_that_fails_is_a_figure_and_no_report() -> None:
    def fail() -> DriftReport:
        raise Permanent("no access.")

    channels = Channels()
    with pytest.raises(Permanent, match="no access"):
        channels.report(fail)
    assert channels.sent == [("metrics", "error")]


def metrics(given: DriftReport) -> dict[str, float]:
    lines = [
        line.split() for line in exposition(gauges(given)).splitlines() if not line.startswith("#")
    ]
    return {name: float(value) for name, value in lines}


def test_figures_of_a_check() -> None:
    assert metrics(report()) == {
        "fieldday_drift_check_success": 1,
        "fieldday_drift_resources": 1,
        "fieldday_drift_pending_changes": 1,
        "fieldday_drift_checked_timestamp_seconds": 1795576620,
    }


def test_a_check_that_failed_says_nothing_of_drift() -> None:
    failed = report(outcome="error", drifted=(), pending=())
    assert metrics(failed) == {"fieldday_drift_check_success": 0}


@respx.mock
def test_figures_are_pushed_by_environment() -> None:
    route = respx.post("http://gateway:9091/base/metrics/job/drift_check/environment/staging")
    route.mock(httpx.Response(204))
    push(report(), PushGateway("http://gateway:9091/base/"))
    assert route.calls.last.request.content == exposition(gauges(report())).encode()
    route.mock(httpx.Response(500))
    with pytest.raises(Retryable, match=r"takes no metrics .* Fix pushgateway_default"):
        push(report(), PushGateway("http://gateway:9091/base/"))
