"""What people read: errors, cost, cards, records."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.provisioning import card
from fieldday.provisioning.cost import cost_effect
from fieldday.provisioning.diagnostics import (
    AbsentImportError,
    Diagnostic,
    NoAccessError,
    ProviderCrashedError,
    StateLockedError,
    error_of,
    errors_in,
    is_stale,
)
from fieldday.provisioning.locks import Lock
from fieldday.provisioning.plan import Change
from fieldday.provisioning.record import ProvisionRecord, outcome_of


def message(summary: str, detail: str = "", severity: str = "error", **more: Any) -> str:
    diagnostic = {"severity": severity, "summary": summary, "detail": detail, **more}
    return json.dumps({"type": "diagnostic", "diagnostic": diagnostic})


def test_only_errors_are_taken_from_what_is_said() -> None:
    output = "\n".join(
        [message("a"), message("b", severity="warning"), "not JSON", "3", '{"type": "version"}']
    )
    assert errors_in(output) == [Diagnostic("a")]


def test_an_error_says_where_and_quotes_no_value() -> None:
    place = {"filename": "main.tf", "start": {"line": 7}}
    snippet = {"code": 'password = "hunter2"', "values": [{"statement": '"hunter2"'}]}
    (found,) = errors_in(message("Bad.", "Mend it.", range=place, snippet=snippet))
    assert str(found) == "main.tf:7: Bad. Mend it"


def test_a_validation_s_own_words_are_all() -> None:
    detail = (
        "zones: a database needs two zones. Name them.\n\n"
        "This was checked by the validation rule at variables.tf:35,3-13."
    )
    (found,) = errors_in(message("Invalid value for variable", detail))
    assert str(error_of("staging", [found])) == (
        "staging: zones: a database needs two zones. Name them."
    )


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("error configuring: no valid credential sources", NoAccessError, "Mend aws_default"),
        ("InvalidClientTokenId: The token is invalid", NoAccessError, "credentials are no good"),
        ("UnauthorizedOperation: You are not", NoAccessError, "AWS refuses. Mend the rights"),
        ("AccessDenied: s3:PutObject", NoAccessError, "AWS refuses"),
        ("Error acquiring the state lock", StateLockedError, "another Terraform works"),
        ("Plugin did not respond", ProviderCrashedError, "the provider crashed"),
        ("dial tcp 127.0.0.1:1: connection refused", Retryable, "AWS can't be reached"),
        ("Throttling: Rate exceeded", Retryable, "AWS can't be reached"),
        ("DBInstanceAlreadyExists", Permanent, "staging: DBInstanceAlreadyExists."),
    ],
)
def test_the_kind_of_an_error_says_whether_to_try_again(
    said: str, kind: type[Exception], words: str
) -> None:
    for error in (
        error_of("staging", [Diagnostic(said)]),
        error_of("staging", [Diagnostic("It failed", said)]),
        error_of("staging", (), said),
    ):
        assert type(error) is kind
        assert str(error).startswith("staging: ")
        assert said in str(error)
    assert words in str(error_of("staging", [Diagnostic(said)]))


def test_many_errors_are_counted_and_none_is_said() -> None:
    many = [Diagnostic(f"e{number}") for number in range(5)]
    assert str(error_of("x", many)) == "x: e0; e1; e2; and 2 more."
    assert str(error_of("x", ())) == "x: it said nothing."


def test_a_stale_plan_by_terraform_s_own_word() -> None:
    assert is_stale([Diagnostic("Saved plan is stale")])
    assert not is_stale([Diagnostic("Error")])


ABSENT = Diagnostic(
    "Cannot import non-existent remote object",
    'While attempting to import an existing object to\n"module.x.aws_s3_bucket.b[\\"a\\"]", the '
    "provider detected that no corresponding object exists with the given id.",
)


def test_what_is_not_there_to_import_is_named() -> None:
    error = error_of("x", [ABSENT])
    assert isinstance(error, AbsentImportError)
    assert error.addresses == {'module.x.aws_s3_bucket.b["a"]'}
    # With another error beside it, leaving it out would not help.
    assert not isinstance(error_of("x", [ABSENT, Diagnostic("other")]), AbsentImportError)


DATABASE = {
    "engine": "postgres",
    "instance_class": "db.t3.micro",
    "storage_type": "gp2",
    "allocated_storage": 20,
    "multi_az": False,
}


def change(kind: str, action: Any, before: Any = None, after: Any = None) -> Change:
    return Change(f"{kind}.x", kind, action, before=before or {}, after=after or {})


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        # 0.018 * 730 + 20 * 0.115
        ([change("aws_db_instance", "add", after=DATABASE)], 15.44),
        ([change("aws_db_instance", "destroy", before=DATABASE)], -15.44),
        ([change("aws_db_instance", "add", after={**DATABASE, "multi_az": True})], 30.88),
        (
            [change("aws_db_instance", "change", DATABASE, {**DATABASE, "allocated_storage": 120})],
            11.5,
        ),
        ([change("aws_db_instance", "replace", DATABASE, DATABASE)], 0.0),
        ([change("aws_db_instance", "import", DATABASE, DATABASE)], 0.0),
        ([change("aws_kms_key", "add", after={"a": 1})] * 2, 2.0),
        ([change("aws_nat_gateway", "add", after={"a": 1})], 32.85),
        ([], 0.0),
    ],
)
def test_what_has_a_price_is_counted(changes: list[Change], known: float) -> None:
    found = cost_effect(changes)
    assert found.known == known
    assert found.unknown == found.by_use == ()
    assert "-0.00" not in str(found)


def test_what_has_none_is_said() -> None:
    found = cost_effect(
        [
            change("aws_db_instance", "add", after={**DATABASE, "instance_class": "db.x9.huge"}),
            change("aws_db_instance", "add", after={**DATABASE, "engine": "mysql"}),
            change("aws_db_instance", "add", after={**DATABASE, "storage_type": "io2"}),
            change("aws_quantum_computer", "add", after={"a": 1}),
            change("aws_s3_bucket", "add", after={"a": 1}),
            change("aws_vpc", "add", after={"a": 1}),
        ]
    )
    assert found.known == 0
    assert found.by_use == ("aws_s3_bucket",)
    assert found.unknown == (
        "aws_db_instance db.t3.micro",
        "aws_db_instance db.x9.huge",
        "aws_quantum_computer",
    )
    text = str(found)
    assert text.startswith("+0.00 USD a month; by use, not counted: aws_s3_bucket; unknown: ")
    assert "price pages" in text
    assert "as of 20" in text


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "environment": "staging",
        "mode": "apply",
        "modules": [],
        "reason": "A larger | `database`",
        "requested_by": "operator",
        "words": "1 to replace",
        "changes": [
            {
                "address": "aws_db_instance.x",
                "type": "aws_db_instance",
                "action": "replace",
                "differences": [
                    {"attribute": f"a{number}", "before": "1", "after": "2"} for number in range(8)
                ],
                "because": ["a0"],
                "loses_data": True,
            }
        ],
        "outputs": ["url"],
        "loses_data": ["aws_db_instance.x"],
        "cost_text": "+1.00 USD a month",
        "recovery": ["run run-1: 3 made"],
        "file": {"sha256": "ab" * 32, "state": {"serial": 4, "lineage": "x"}},
        "until": "2026-11-25T09:00:00+00:00",
        **changes,
    }


def test_the_card_has_all_that_is_needed_to_decide() -> None:
    text = card.body(plan(), {"status": "not scanned", "detail": "checkov is not installed"})
    for needed in (
        "**Why:** `A larger / 'database'`",
        "**Asked for by:** `operator`",
        "run run-1: 3 made",
        "| **replace** | `aws_db_instance.x` | **holds data** because of `a0`: `a0: 1 -> 2`",
        "and 2 more",
        "**Data is lost** with `aws_db_instance.x`",
        "+1.00 USD a month",
        "**not scanned** | checkov is not installed",
        "ab" * 32,
        "serial 4, good until 09:00:00 UTC",
        "No answer counts as Reject",
    ):
        assert needed in text
    assert card.title(plan()) == "Change staging: 1 to replace?"
    assert card.title(plan(mode="destroy")).startswith("DESTROY staging")


def test_a_long_plan_is_cut_and_counted() -> None:
    changes = plan()["changes"] * 70
    text = card.body(plan(changes=changes), {"status": "clean", "detail": ""})
    assert text.count("aws_db_instance.x") == 61
    assert "and 10 more" in text


def test_the_second_card_names_what_would_be_lost() -> None:
    text = card.confirmation(plan())
    assert "| `aws_db_instance.x` | replace | a0 |" in text
    assert "destroy data" in text


def test_the_card_on_a_lock_says_holder_and_age() -> None:
    since = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    lock = Lock("terraform", "0b8c", "ann@laptop", "OperationTypeApply", since)
    text = card.lock_card("staging", [(lock, "the run is failed")], since.replace(hour=11))
    assert (
        "| terraform | `ann@laptop` | `OperationTypeApply` | 2026-11-25 08:00:00 UTC (3 h) | "
        "the run is failed |"
    ) in text


PLAN = {"words": "1 to add", "is_empty": False}
UP_TO_PLAN = {"take_environment": "success", "release_lock": "success", "plan": "success"}


@pytest.mark.parametrize(
    ("states", "parts", "outcome"),
    [
        ({**UP_TO_PLAN, "verify": "success"}, {"apply": {"text": "done"}}, "applied"),
        ({**UP_TO_PLAN, "approve": "skipped"}, {"plan": PLAN}, "planned"),
        ({**UP_TO_PLAN, "approve": "skipped"}, {"plan": {**PLAN, "is_empty": True}}, "unchanged"),
        (
            {**UP_TO_PLAN, "approve": "failed"},
            {"approval": {"decision": "rejected", "by": "ann"}},
            "rejected",
        ),
        (
            {**UP_TO_PLAN, "approve": "failed"},
            {"approval": {"decision": "unanswered"}},
            "unanswered",
        ),
        ({**UP_TO_PLAN, "confirm_data_loss": "failed"}, {}, "unconfirmed"),
        ({**UP_TO_PLAN, "apply": "failed"}, {"apply": {"begun": False, "stale": True}}, "stale"),
        (
            {**UP_TO_PLAN, "apply": "failed"},
            {"apply": {"begun": True, "stale": True}},
            "partly_applied",
        ),
        ({**UP_TO_PLAN, "verify": "failed"}, {"apply": {"begun": True}}, "partly_applied"),
        ({"take_environment": "failed"}, {}, "refused"),
        ({"take_environment": "success", "release_lock": "failed"}, {}, "refused"),
        ({**UP_TO_PLAN, "plan": "failed"}, {}, "failed"),
        ({}, {}, "failed"),
    ],
)
def test_how_a_run_ended(states: dict[str, str], parts: dict[str, Any], outcome: str) -> None:
    errors = {name: f"why {name}" for name, state in states.items() if state == "failed"}
    found, reason = outcome_of(states, parts, errors)
    assert found == outcome
    assert reason
    if outcome in ("unconfirmed", "stale", "partly_applied", "refused") and errors:
        assert f"why {next(iter(errors))}" in reason


@pytest.mark.parametrize(("by", "said"), [("ann", "ann"), (None, "nobody answered")])
def test_a_lock_that_was_not_released_says_by_whom(by: str | None, said: str) -> None:
    states = {"take_environment": "success", "release_lock": "failed"}
    answer = {"decision": "rejected" if by else "unanswered", "by": by}
    assert outcome_of(states, {"released_lock": answer}, {}) == (
        "refused",
        f"the lock was not released: {said}",
    )


def test_a_loss_of_data_that_was_rejected_says_by_whom() -> None:
    states = {**UP_TO_PLAN, "confirm_data_loss": "failed"}
    parts = {"confirmation": {"decision": "rejected", "by": "ann"}}
    assert outcome_of(states, parts, {}) == (
        "unconfirmed",
        "the loss of data: rejected by ann",
    )


def test_a_record_goes_to_its_own_folder() -> None:
    record = ProvisionRecord("manual/1", "applied", "", "", "", None, {})
    assert record.key == "provisions/manual-1.json"
    assert json.loads(record.to_json())["schema_version"] == 1
