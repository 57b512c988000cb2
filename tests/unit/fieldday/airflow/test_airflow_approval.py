from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from airflow.providers.standard.operators import hitl
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput

from fieldday.airflow.release.approval import ReleaseApproval
from fieldday.approvals import Approval
from fieldday.releases.plan import ReleasePlan
from tests.unit.fieldday.airflow.conftest import KEY, TaskInstance, complete

PLAN: dict[str, Any] = {
    "run": "run-1",
    "source": "/source",
    "source_version": "src-1",
    "version": "1.1.0",
    "strategy": "canary",
    "steps": [10, 100],
    "gate_seconds": 60,
    "approval_minutes": 0.5,
    "reason": "Faster search",
    "requested_by": "operator",
    "services": [
        {
            "name": "api",
            "from": "1.0.0",
            "to": "1.1.0",
            "change": "update",
            "digest": None,
            "built_from": "src-1",
        }
    ],
}
IMAGES = {"api": {"digest": "sha256:b"}}
SCAN = {"lines": [["code", "clean", ""]], "report": {}}
AT = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """What Airflow's API is asked to put up."""
    found = create_autospec(hitl.upsert_hitl_detail)
    monkeypatch.setattr(hitl, "upsert_hitl_detail", found)
    return found


def approval(**given: Any) -> ReleaseApproval:
    given = {"plan": PLAN, "images": IMAGES, "scan": SCAN, "tests": {"text": "12 passed"}, **given}
    return ReleaseApproval(task_id="approve", **given)


def answer(option: str, user: object) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": AT,
        "responded_by_user": user,
    }


def test_the_card_tells_the_plan_and_waits_as_long_as_it_says(
    context: Any, asked: Mock, ti: TaskInstance
) -> None:
    with pytest.raises(TaskAwaitingInput) as parked:
        approval().execute(context)
    assert parked.value.method_name == "execute_complete"
    assert parked.value.timeout == timedelta(seconds=30)
    card = asked.call_args.kwargs
    assert card["ti_id"] == ti.id
    assert card["subject"] == "Release api 1.1.0 to production?"
    assert "| api | `1.0.0` | `1.1.0` | `sha256:b` | `src-1` | update |" in card["body"]
    assert "| code | **clean** |" in card["body"]
    assert "12 passed" in card["body"]
    assert card["options"] == ["Approve", "Reject"]
    assert card["defaults"] == ["Reject"]
    assert card["assigned_users"] is None


def test_only_the_approvers_are_asked(context: Any, asked: Mock) -> None:
    with pytest.raises(TaskAwaitingInput):
        approval(approvers=("ann", "bob")).execute(context)
    names = [user["id"] for user in asked.call_args.kwargs["assigned_users"]]
    assert names == ["ann", "bob"]


@pytest.mark.parametrize(
    "user", [{"id": "7", "name": "ann"}, Mock(spec=["id", "name"], id="7")], ids=["dict", "object"]
)
def test_an_approval_says_who_and_when(context: Any, ti: TaskInstance, user: Any) -> None:
    if isinstance(user, Mock):
        user.name = "ann"
    report = complete(approval(), context, answer("Approve", user))
    assert (report["decision"], report["by"]) == ("approved", "ann")
    assert report["at"] == "2026-11-24T08:15:00+00:00"
    assert report["covers"]["digests"] == {"api": "sha256:b"}
    signed = Approval.read(report, KEY)
    covers = ReleasePlan.from_dict(PLAN).covers(IMAGES)
    signed.check(dag="release", run="run-1", task="approve", covers=covers)
    assert ti.pushed == {"report": report}


def test_a_rejection_fails_for_good_and_says_who(context: Any, ti: TaskInstance) -> None:
    said = "approval: rejected by ann. Nothing was changed in production."
    with pytest.raises(AirflowFailException, match=said):
        complete(approval(), context, answer("Reject", {"id": "7", "name": "ann"}))
    at = "2026-11-24T08:15:00+00:00"
    assert ti.pushed["report"] == {"decision": "rejected", "by": "ann", "at": at}


def test_no_answer_is_a_reject_of_nobody(context: Any, ti: TaskInstance) -> None:
    """At the time-out Airflow answers with the default."""
    with pytest.raises(AirflowFailException, match="nobody answered in time"):
        complete(approval(), context, answer("Reject", None))
    assert ti.pushed["report"]["decision"] == "unanswered"
    assert ti.pushed["report"]["by"] is None


def test_an_answer_that_was_not_offered_is_no_approval(context: Any, ti: TaskInstance) -> None:
    with pytest.raises(ValueError, match="Maybe"):
        complete(approval(), context, answer("Maybe", {"id": "7", "name": "ann"}))
    assert ti.pushed == {}


ON = {"FIELDDAY_SEPARATE_APPROVER": "true"}


def test_the_requester_is_not_asked_where_another_has_to_approve(
    context: Any, asked: Mock, environment: Callable[..., None]
) -> None:
    environment(ON)
    with pytest.raises(TaskAwaitingInput):
        approval(approvers=("operator", "ann")).execute(context)
    assert [user["id"] for user in asked.call_args.kwargs["assigned_users"]] == ["ann"]
    with pytest.raises(AirflowFailException, match="operator requested this and is the only"):
        approval(approvers=("operator",)).execute(context)


@pytest.mark.parametrize(
    ("requester", "whose"), [("ann", "ann requested"), (None, "not known who")]
)
def test_the_requester_does_not_approve_where_another_has_to(
    context: Any,
    ti: TaskInstance,
    environment: Callable[..., None],
    requester: str | None,
    whose: str,
) -> None:
    context["dag_run"].triggering_user_name = requester
    given = answer("Approve", {"id": "7", "name": "ann"})
    assert complete(approval(), context, given)["by"] == "ann"
    environment(ON)
    with pytest.raises(AirflowFailException, match=whose) as caught:
        complete(approval(), context, given)
    assert ti.pushed["error"] == str(caught.value)


def test_an_answer_of_nobody_is_no_approval(context: Any, ti: TaskInstance) -> None:
    with pytest.raises(AirflowFailException, match="does not say who answered") as caught:
        complete(approval(), context, answer("Approve", None))
    assert ti.pushed == {"error": str(caught.value)}


def test_what_is_signed_is_what_the_card_showed(
    context: Any, ti: TaskInstance, asked: Mock
) -> None:
    """A task that resumes reads anew what others left for it."""
    with pytest.raises(TaskAwaitingInput) as parked:
        approval().execute(context)
    shown = json.loads(json.dumps(parked.value.kwargs))["shown"]
    assert shown["digests"] == {"api": "sha256:b"}
    given = answer("Approve", {"id": "7", "name": "ann"})
    for altered in (
        {"images": {"api": {"digest": "sha256:c"}}},
        {"plan": {**PLAN, "steps": [100]}},
    ):
        with pytest.raises(AirflowFailException, match="no longer what the card showed"):
            approval(**altered).execute_complete(context, given, shown)
        assert "return_value" not in ti.pushed
        assert "report" not in ti.pushed
    with pytest.raises(AirflowFailException, match="no longer what the card showed"):
        approval().execute_complete(context, given)
    assert approval().execute_complete(context, given, shown)["covers"] == shown
