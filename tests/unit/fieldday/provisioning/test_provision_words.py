"""What people read: errors, cost, cards, records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.provisioning import card
from fieldday.provisioning.acquisition import LeftLock
from fieldday.provisioning.attribute_diff import Difference
from fieldday.provisioning.cost import CostEffect, cost_effect
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
from fieldday.provisioning.plan import ResourceChange
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.scan import Scan
from fieldday.provisioning.state import StateVersion
from tests.unit.fieldday.provisioning.plans import SHA
from tests.unit.fieldday.provisioning.plans import change as planned_change
from tests.unit.fieldday.provisioning.plans import plan as a_plan


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
    (found,) = errors_in(message("Bad.", "Fix it.", range=place, snippet=snippet))
    assert str(found) == "main.tf:7: Bad. Fix it"


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
        ("error configuring: no valid credential sources", NoAccessError, "Fix aws_default"),
        ("InvalidClientTokenId: The token is invalid", NoAccessError, "credentials are wrong"),
        ("UnauthorizedOperation: You are not", NoAccessError, "AWS refuses. Fix the permissions"),
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


def change(kind: str, action: Any, before: Any = None, after: Any = None) -> ResourceChange:
    return ResourceChange(f"{kind}.x", kind, action, before=before or {}, after=after or {})


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
def test_what_has_a_price_is_counted(changes: list[ResourceChange], known: float) -> None:
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


REPLACED = planned_change(
    "aws_db_instance.x",
    action="replace",
    differences=tuple(Difference(f"a{number}", "1", "2") for number in range(8)),
    because=("a0",),
    loses_data=True,
)


def plan(**given: Any) -> ProvisionPlan:
    created = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    return a_plan(
        reason="A larger | `database`",
        changes=(REPLACED,),
        cost=CostEffect(1.0, "USD", (), (), "price pages"),
        recovery=("run run-1: 3 made",),
        file=PlanFile(SHA, "staging", StateVersion(4, "x"), created, 60),
        **given,
    )


def test_the_card_has_all_that_is_needed_to_decide() -> None:
    given = plan(outputs=("url",))
    text = card.body(given, Scan("not scanned", "checkov is not installed"))
    for needed in (
        "**Why:** `A larger / 'database'`",
        "**Asked for by:** `operator`",
        "run run-1: 3 made",
        "| **replace** | `aws_db_instance.x` | **stateful** because of `a0`: `a0: 1 -> 2`",
        "and 2 more",
        "**Data is lost** with `aws_db_instance.x`",
        "+1.00 USD a month",
        "**not scanned** | checkov is not installed",
        "ab" * 32,
        "serial 4, expires at 09:00:00 UTC",
        "No answer counts as Reject",
    ):
        assert needed in text
    assert card.title(plan()) == "Change staging: 1 to replace?"
    assert card.title(plan(mode="destroy")).startswith("DESTROY staging")


def test_a_long_plan_is_cut_and_counted() -> None:
    text = card.body(replace(plan(), changes=(REPLACED,) * 70), Scan("clean", ""))
    # Each of those that lose their data is named a second time.
    assert text.count("| **replace** | `aws_db_instance.x`") == 60
    assert "and 10 more" in text


def test_the_second_card_names_what_would_be_lost() -> None:
    text = card.confirmation(plan())
    assert "| `aws_db_instance.x` | replace | a0 |" in text
    assert "destroy data" in text


def test_the_card_on_a_lock_says_holder_and_age() -> None:
    since = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    lock = Lock("terraform", "0b8c", "ann@laptop", "OperationTypeApply", since)
    left = LeftLock(lock, "the run is failed")
    text = card.lock_card("staging", [left], since.replace(hour=11))
    assert (
        "| terraform | `ann@laptop` | `OperationTypeApply` | 2026-11-25 08:00:00 UTC (3 h) | "
        "the run is failed |"
    ) in text
