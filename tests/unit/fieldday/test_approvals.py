from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldday.approvals import Approval, NotApprovedError, check_key, is_genuine
from fieldday.errors import Permanent

KEY, OTHER = "k" * 32, "o" * 32
AT = "2026-11-24T08:15:00+00:00"
APPROVAL = Approval("release", "run-1", "approve", "ann", AT, {"digests": {"api": "sha256:b"}})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def through_database(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_what_was_signed_is_read_back() -> None:
    found = Approval.read(through_database(APPROVAL.signed(KEY)), KEY)
    assert found == APPROVAL
    found.check(dag="release", run="run-1", task="approve", covers=APPROVAL.covers)


@given(st.text(), st.text(), st.dictionaries(st.text(), json_values, max_size=3))
def test_any_approval_survives_the_database(run: str, by: str, covers: dict[str, Any]) -> None:
    approval = Approval("release", run, "approve", by, AT, covers)
    assert Approval.read(through_database(approval.signed(KEY)), KEY) == approval


@given(st.sampled_from(["dag", "run", "task", "by", "at", "covers", "signature"]), json_values)
def test_no_field_can_be_changed(field: str, value: Any) -> None:
    signed = APPROVAL.signed(KEY)
    if signed[field] == value:
        return
    with pytest.raises(NotApprovedError, match="its signature does not match"):
        Approval.read({**signed, field: value}, KEY)


@given(json_values)
def test_what_is_no_approval_is_refused(value: Any) -> None:
    with pytest.raises(NotApprovedError, match="nobody approved"):
        Approval.read(value, KEY)
    assert not is_genuine(
        value, KEY, dag="release", run="run-1", task="approve", covers=APPROVAL.covers
    )


def test_a_key_that_users_could_guess_signs_nothing() -> None:
    with pytest.raises(Permanent, match=r"has 0 characters. Set at least 32"):
        check_key("")
    with pytest.raises(Permanent, match="approvals_default"):
        APPROVAL.signed("short")
    with pytest.raises(NotApprovedError, match="signing key has changed"):
        Approval.read(APPROVAL.signed(OTHER), KEY)


def test_the_key_is_in_no_error() -> None:
    secret = "hunter2" * 4
    with pytest.raises(Permanent) as caught:
        check_key(secret)
    assert secret not in str(caught.value)


def test_a_record_knows_a_forged_approval() -> None:
    signed = APPROVAL.signed(KEY)
    assert is_genuine(
        signed, KEY, dag="release", run="run-1", task="approve", covers=APPROVAL.covers
    )
    assert not is_genuine(
        signed, KEY, dag="release", run="run-2", task="approve", covers=APPROVAL.covers
    )
    assert not is_genuine(
        {**signed, "by": "bob"},
        KEY,
        dag="release",
        run="run-1",
        task="approve",
        covers=APPROVAL.covers,
    )


def test_a_record_knows_an_approval_of_something_else() -> None:
    this = {"dag": "release", "run": "run-1", "task": "approve", "covers": {"digests": {}}}
    assert not is_genuine(APPROVAL.signed(KEY), KEY, **this)


def test_it_expires() -> None:
    at = datetime.fromisoformat(AT)
    APPROVAL.check_age(at + timedelta(hours=23))
    for late in (timedelta(hours=25), timedelta(hours=-1)):
        with pytest.raises(NotApprovedError, match=r"ann approved at .* expires after 24 h"):
            APPROVAL.check_age(at + late)
    with pytest.raises(NotApprovedError, match="expires after 1 h"):
        APPROVAL.check_age(at + timedelta(hours=2), timedelta(hours=1))
    assert datetime.now(UTC) > at


def test_what_differs_is_named() -> None:
    with pytest.raises(NotApprovedError, match="ann approved something else: digests, steps"):
        APPROVAL.check(dag="release", run="run-1", task="approve", covers={"steps": (1,)})
