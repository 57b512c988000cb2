"""How a run of `provision` ended: by what its tasks reported, whatever their states are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fieldday.provisioning.record import ProvisionRecord, outcome_of
from fieldday.provisioning.results import ApplyReport, Verification
from tests.unit.fieldday.provisioning.plans import SHA, plan

PLAN = plan()
DONE = ApplyReport("run-1", SHA, "run run-1: 2 made", begun=True, complete=True)
PARTLY = ApplyReport("run-1", SHA, "the provider crashed", begun=True)
STALE = ApplyReport("run-1", SHA, "the state has moved", begun=False, stale=True)
VERIFIED = Verification("run-1", SHA, "nothing to do")
APPROVED = {"decision": "approved", "by": "ann", "genuine": True}

UP_TO_PLAN = {"acquire_lock": "success", "release_stale_lock": "success", "plan": "success"}
UP_TO_APPLY = {**UP_TO_PLAN, "approve": "success", "confirm_data_loss": "success"}
ALL = {**UP_TO_APPLY, "apply": "success", "verify": "success"}


def results(**given: Any) -> dict[str, Any]:
    """The parts of a record, as JSON."""
    found = {"plan": PLAN, "approval": APPROVED, **given}
    as_json = {
        name: part if isinstance(part, dict) else part.to_dict()
        for name, part in found.items()
        if part is not None
    }
    return json.loads(json.dumps(as_json))  # type: ignore[no-any-return]


def outcome(states: dict[str, str], parts: dict[str, Any]) -> tuple[str, str]:
    errors = {name: f"why {name}" for name, state in states.items() if state == "failed"}
    return outcome_of("run-1", states, parts, errors)


def test_what_was_applied_and_verified() -> None:
    parts = results(apply=DONE, verification=VERIFIED)
    assert outcome(ALL, parts) == ("applied", "run run-1: 2 made")


@pytest.mark.parametrize(
    ("states", "parts", "expected"),
    [
        (UP_TO_PLAN, results(plan=plan(mode="plan"), approval=None), "planned"),
        (UP_TO_PLAN, results(plan=plan(changes=()), approval=None), "unchanged"),
        (
            {**UP_TO_PLAN, "approve": "failed"},
            results(approval={"decision": "rejected", "by": "ann"}),
            "rejected",
        ),
        (
            {**UP_TO_PLAN, "approve": "failed"},
            results(approval={"decision": "unanswered", "by": None}),
            "unanswered",
        ),
        ({**UP_TO_PLAN, "confirm_data_loss": "failed"}, results(), "unconfirmed"),
        ({**UP_TO_APPLY, "apply": "failed"}, results(apply=STALE), "stale"),
        (
            {**UP_TO_APPLY, "apply": "failed"},
            results(apply=replace(STALE, begun=True)),
            "partly_applied",
        ),
        ({**UP_TO_APPLY, "apply": "failed"}, results(apply=PARTLY), "partly_applied"),
        (
            {**UP_TO_APPLY, "apply": "success", "verify": "failed"},
            results(apply=DONE),
            "partly_applied",
        ),
        # It says itself that nothing had begun.
        ({**UP_TO_APPLY, "apply": "failed"}, results(), "failed"),
        ({"acquire_lock": "failed"}, {}, "refused"),
        ({"acquire_lock": "success", "release_stale_lock": "failed"}, {}, "refused"),
        ({**UP_TO_PLAN, "plan": "failed"}, {}, "failed"),
        ({}, {}, "failed"),
    ],
)
def test_how_a_run_ended(states: dict[str, str], parts: dict[str, Any], expected: str) -> None:
    found, reason = outcome(states, parts)
    assert found == expected
    assert reason
    failed = [name for name, state in states.items() if state == "failed"]
    if found in ("unconfirmed", "stale", "partly_applied", "refused") and failed:
        assert f"why {failed[0]}" in reason


@pytest.mark.parametrize(
    ("parts", "expected", "said"),
    [
        # The apply failed, then somebody marked it and `verify` as success.
        (results(apply=PARTLY), "partly_applied", "verify: was marked as success"),
        # The apply was never begun.
        (results(approval={**APPROVED, "genuine": False}), "partly_applied", ""),
        (results(approval=None), "failed", "apply: was marked as success and left no result"),
        # It was, and was stopped by marking it: nobody knows how far it came.
        (results(), "partly_applied", "how far it came is not known"),
        # All was applied, and its verification failed or was never made.
        (results(apply=DONE), "partly_applied", "verify: was marked as success"),
        # Nobody approved.
        (
            results(approval={"decision": "rejected", "by": "ann"}),
            "rejected",
            "rejected by ann",
        ),
        # `plan` was cleared and made another plan: the results are of the one before.
        (
            results(
                plan=replace(PLAN, file=replace(PLAN.file, sha256="cd" * 32)),
                apply=DONE,
                verification=VERIFIED,
            ),
            "partly_applied",
            "not those of this run's plan",
        ),
        # Of two applies of this run, the one that was verified is not the last.
        (
            results(apply=replace(DONE, plan="cd" * 32), verification=VERIFIED),
            "partly_applied",
            "not those of this run's plan",
        ),
        # Another run's results.
        (
            results(apply=replace(DONE, run="run-0"), verification=replace(VERIFIED, run="run-0")),
            "partly_applied",
            "not those of this run's plan",
        ),
        # An apply that has not completed, verified all the same.
        (results(apply=PARTLY, verification=VERIFIED), "partly_applied", "not those of"),
        # What can't be read proves nothing, and may have changed something.
        (results(apply={"text": "done"}, verification=VERIFIED), "partly_applied", "not those of"),
        ({"apply": "done", "verification": "done", "plan": "done"}, "partly_applied", "not those"),
        ({"approval": "approved", "confirmation": [], "released_lock": 7}, "partly_applied", "how"),
    ],
)
def test_states_that_a_person_set_prove_nothing(
    parts: dict[str, Any], expected: str, said: str
) -> None:
    found, reason = outcome(ALL, parts)
    assert found == expected
    assert said in reason


def test_a_plan_that_was_marked_as_success_is_none() -> None:
    assert outcome({**UP_TO_PLAN, "approve": "skipped"}, {})[0] == "failed"


def test_a_task_that_was_marked_as_failed_refused_nothing() -> None:
    found = outcome_of("run-1", {"acquire_lock": "failed"}, {}, {})
    assert found == ("failed", "acquire_lock: failed, see its log")


@pytest.mark.parametrize("state", ["failed", "success", "running"])
def test_an_apply_that_was_stopped_in_the_midst_of_it(state: str) -> None:
    found, reason = outcome_of("run-1", {**UP_TO_APPLY, "apply": state}, results(), {})
    assert found == "partly_applied"
    assert reason.startswith("apply: left no result, so how far it came is not known; ")


@pytest.mark.parametrize(("by", "said"), [("ann", "ann"), (None, "nobody answered")])
def test_a_lock_that_was_not_released_says_by_whom(by: str | None, said: str) -> None:
    states = {"acquire_lock": "success", "release_stale_lock": "failed"}
    answer = {"decision": "rejected" if by else "unanswered", "by": by}
    assert outcome(states, {"released_lock": answer}) == (
        "refused",
        f"the lock was not released: {said}",
    )


def test_a_loss_of_data_that_was_rejected_says_by_whom() -> None:
    states = {**UP_TO_PLAN, "confirm_data_loss": "failed"}
    parts = {"confirmation": {"decision": "rejected", "by": "ann"}}
    assert outcome(states, parts) == ("unconfirmed", "the loss of data: rejected by ann")


def test_a_record_goes_to_its_own_folder() -> None:
    record = ProvisionRecord("manual/1", "applied", "", "", "", None, {})
    assert record.key == "provisions/manual-1.json"
    assert json.loads(record.to_json())["schema_version"] == 2
