"""What passes between the tasks of `provision` comes back as it was, or not at all."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from fieldday.errors import Permanent
from fieldday.json_data import JsonData
from fieldday.provisioning.acquisition import Acquisition, LeftLock
from fieldday.provisioning.attribute_diff import Difference
from fieldday.provisioning.cost import CostEffect
from fieldday.provisioning.locks import Lock
from fieldday.provisioning.plan import PlannedChange
from fieldday.provisioning.planfile import PlanFile
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.results import (
    AppliedChange,
    ApplyReport,
    LossConfirmed,
    PlanApproved,
    Verification,
)
from fieldday.provisioning.scan import Scan
from fieldday.provisioning.state import StateVersion
from tests.unit.fieldday.provisioning.plans import plan

text = st.text(max_size=20)
texts = st.lists(text, max_size=3).map(tuple)
times = st.datetimes(timezones=st.just(UTC))
numbers = st.floats(allow_nan=False, allow_infinity=False)
# What an approval waits for can't outlast the calendar.
minutes = st.floats(0.1, 1440)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)
actions = st.sampled_from(["add", "import", "change", "replace", "destroy", "forget"])
changes = st.builds(
    PlannedChange,
    address=text,
    type=text,
    action=actions,
    differences=st.lists(st.builds(Difference, text, text, text), max_size=2).map(tuple),
    because=texts,
    loses_data=st.booleans(),
)
plans = st.builds(
    ProvisionPlan,
    run=text,
    environment=text,
    mode=st.sampled_from(["plan", "apply", "destroy"]),
    modules=texts,
    reason=text,
    requested_by=st.none() | text,
    changes=st.lists(changes, max_size=3).map(tuple),
    outputs=texts,
    cost=st.builds(CostEffect, numbers, text, texts, texts, text),
    recovery=texts,
    file=st.builds(
        PlanFile,
        text,
        text,
        st.builds(StateVersion, st.integers(), text),
        times.filter(lambda time: time.year < 9000),
        minutes,
        st.dictionaries(text, text, max_size=2),
    ),
)
requests = st.builds(
    ProvisionRequest,
    environment=text,
    modules=st.lists(text, max_size=3, unique=True).map(tuple),
    mode=st.sampled_from(["plan", "apply", "destroy"]),
    plan_minutes=minutes,
    reason=st.text("abc", min_size=3, max_size=20),
)
left_locks = st.builds(
    LeftLock,
    st.builds(Lock, st.sampled_from(["run", "terraform"]), text, text, text, times),
    text,
)
everything = st.one_of(
    plans,
    st.builds(Acquisition, requests, st.lists(left_locks, max_size=2).map(tuple)),
    st.builds(
        Scan,
        st.sampled_from(["clean", "findings", "not scanned"]),
        text,
        st.integers(),
        st.integers(),
        st.integers(),
    ),
    st.builds(PlanApproved, text, text),
    st.builds(LossConfirmed, text, text, texts),
    st.builds(
        ApplyReport,
        run=text,
        plan=text,
        text=text,
        begun=st.booleans(),
        complete=st.booleans(),
        stale=st.booleans(),
        done=st.lists(st.builds(AppliedChange, text, text), max_size=2).map(tuple),
        outputs=st.dictionaries(text, json_values, max_size=3),
    ),
    st.builds(Verification, text, text, text, st.dictionaries(text, text, max_size=2)),
)
KINDS = (
    ProvisionPlan,
    Acquisition,
    Scan,
    PlanApproved,
    LossConfirmed,
    ApplyReport,
    Verification,
)


@hypothesis.given(everything)
def test_it_comes_back_equal_by_way_of_json(given: JsonData) -> None:
    as_json = json.loads(json.dumps(given.to_dict()))
    found = type(given).from_dict(as_json)
    assert found == given
    assert found.to_dict() == as_json


@hypothesis.given(json_values, st.sampled_from(KINDS))
def test_anything_else_is_refused_in_words(given: Any, kind: type[JsonData]) -> None:
    try:
        found = kind.from_dict(given)
    except Permanent as e:
        said = str(e)
    else:
        assert type(found) is kind
        return
    assert said.startswith(f"{kind.__name__}: what an earlier task left can't be read (")


@hypothesis.given(everything, st.data())
def test_a_field_that_was_altered_is_refused_or_read(given: JsonData, data: st.DataObject) -> None:
    as_json = given.to_dict()
    field = data.draw(st.sampled_from(sorted(as_json)))
    if data.draw(st.booleans()):
        del as_json[field]
    else:
        as_json[field] = data.draw(json_values)
    try:
        found = type(given).from_dict(as_json)
    except Permanent:
        return
    assert type(found).from_dict(found.to_dict()) == found


def test_a_wrong_field_is_named_without_its_value() -> None:
    altered = {**plan().to_dict(), "requested_by": {"password": "hunter2"}}
    with pytest.raises(Permanent, match=r"\(requested_by: Input should be a valid string\)") as e:
        ProvisionPlan.from_dict(altered)
    assert "hunter2" not in str(e.value)
    assert "hunter2" not in repr(e.value.__cause__)
    del altered["requested_by"], altered["file"]
    with pytest.raises(Permanent, match=r"Field required\)"):
        ProvisionPlan.from_dict(altered)


def test_what_a_person_reads_is_of_the_plan_itself() -> None:
    """Nobody can say `nothing to do` beside changes."""
    altered = {**plan().to_dict(), "words": "nothing to do", "is_empty": True, "loses_data": []}
    assert ProvisionPlan.from_dict(altered).words == "1 to change"
    assert ProvisionPlan.from_dict(altered).needs_approval


def test_a_time_without_a_zone_is_refused() -> None:
    altered = plan().to_dict()
    altered["file"]["created"] = "2026-11-25T08:00:00"
    with pytest.raises(Permanent, match=r"file\.created: Input should have timezone info"):
        ProvisionPlan.from_dict(altered)


@pytest.mark.parametrize("value", [object(), {1, 2}, "\ud800"])
def test_what_json_can_not_hold_is_refused(value: Any) -> None:
    with pytest.raises(Permanent, match="PlanApproved: "):
        PlanApproved.from_dict({"plan": value})
