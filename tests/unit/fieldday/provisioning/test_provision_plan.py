"""Reading plans: what would be done, what must not be seen, what holds data."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from fieldday.errors import Permanent
from fieldday.provisioning.attribute_diff import differences
from fieldday.provisioning.plan import ResourceChange, TerraformPlan
from tests.unit.fieldday.provisioning.conftest import entry, shown

DATABASE = "module.database.aws_db_instance.this"


def test_actions_are_those_of_terraform_the_dangerous_ones_first() -> None:
    plan = TerraformPlan.of(
        shown(
            entry("aws_vpc.a", ["no-op"]),
            entry("aws_vpc.b", ["create"], after={"cidr_block": "10.0.0.0/16"}),
            entry("aws_vpc.c", ["update"], before={"x": 1}, after={"x": 2}),
            entry("aws_vpc.d", ["delete", "create"], before={"x": 1}, after={"x": 2}),
            entry("aws_vpc.e", ["create", "delete"], before={"x": 1}, after={"x": 2}),
            entry("aws_vpc.f", ["delete"], before={"x": 1}),
            entry("aws_vpc.g", ["no-op"], importing={"id": "vpc-1"}),
            entry("aws_vpc.h", ["update"], importing={"id": "vpc-2"}),
            entry("aws_vpc.i", ["forget"], before={"x": 1}),
            entry("data.aws_ami.j", ["read"]),
        )
    )
    assert [(c.address[-1], c.action) for c in plan.changes] == [
        ("f", "destroy"),
        ("d", "replace"),
        ("e", "replace"),
        ("c", "change"),
        ("b", "add"),
        ("g", "import"),
        ("h", "import"),
        ("i", "forget"),
    ]
    assert plan.words == (
        "1 to destroy, 2 to replace, 1 to change, 1 to add, 2 to import, 1 to forget"
    )


def test_nothing_to_do() -> None:
    plan = TerraformPlan.of(
        shown(entry("aws_vpc.a", ["no-op"]), output_changes={"x": {"actions": ["no-op"]}})
    )
    assert plan.is_empty
    assert plan.words == "nothing to do: all is as the configuration says"


def test_outputs_alone_are_something_to_do() -> None:
    plan = TerraformPlan.of(shown(output_changes={"url": {"actions": ["update"]}}))
    assert not plan.is_empty
    assert (plan.outputs, plan.words) == (("url",), "1 outputs")


@pytest.mark.parametrize(
    ("address", "actions", "loses"),
    [
        (DATABASE, ["delete"], True),
        (DATABASE, ["delete", "create"], True),
        (DATABASE, ["create", "delete"], True),
        (DATABASE, ["update"], False),
        (DATABASE, ["forget"], False),
        ('aws_s3_bucket.this["assets"]', ["delete"], True),
        ("aws_kms_key.this", ["delete"], True),
        ("google_sql_database_instance.this", ["delete"], True),
        ("aws_vpc.this", ["delete"], False),
    ],
)
def test_data_is_lost_where_what_holds_it_goes(
    address: str, actions: list[str], loses: bool
) -> None:
    plan = TerraformPlan.of(shown(entry(address, actions, before={"a": 1}, after={"a": 2})))
    assert plan.loses_data == ((address,) if loses else ())


def test_a_replacement_says_because_of_what() -> None:
    paths = [["engine_version"], ["settings", 0, "zone"]]
    changed = entry(DATABASE, ["delete", "create"], replace_paths=paths)
    (change,) = TerraformPlan.of(shown(changed)).changes
    assert change.because == ("engine_version", "settings[0].zone")


def test_another_format_is_refused() -> None:
    with pytest.raises(Permanent, match=r"its plans have format 2\.0, not 1"):
        TerraformPlan.of({"format_version": "2.0"})


def told(before: Any, after: Any, **more: Any) -> list[str]:
    return [str(d) for d in differences({"before": before, "after": after, **more})]


def test_differences_are_told_by_their_path() -> None:
    before = {"days": 7, "tags": {"Owner": "a"}, "rule": [{"port": 1}], "cidrs": ["a"], "same": 1}
    after = {"days": 1, "tags": {"Owner": "b"}, "rule": [{"port": 2}], "cidrs": ["b"], "same": 1}
    assert told(before, after) == [
        "days: 7 -> 1",
        "tags.Owner: a -> b",
        "rule[0].port: 1 -> 2",
        'cidrs: ["a"] -> ["b"]',
    ]


def test_false_is_a_value_and_empty_is_none() -> None:
    assert told({"a": True, "b": None, "c": ""}, {"a": False, "b": 0, "c": "x"}) == [
        "a: true -> false",
        "b: (none) -> 0",
        "c: (none) -> x",
    ]


@pytest.mark.parametrize("empty", [None, "", [], {}, {"a": None}])
@pytest.mark.parametrize("other", [None, "", [], {}])
def test_what_is_empty_on_both_sides_does_not_differ(empty: Any, other: Any) -> None:
    assert told({"tags": empty}, {"tags": other}) == []


def test_what_is_known_only_later_is_said() -> None:
    lines = told(
        {"arn": "x"}, {"rule": [{"port": 1}]}, after_unknown={"arn": True, "rule": [{"id": True}]}
    )
    assert lines == [
        "arn: x -> (known after apply)",
        "rule[0].port: (none) -> 1",
        "rule[0].id: (none) -> (known after apply)",
    ]


def test_a_long_value_is_cut() -> None:
    (line,) = told({"policy": "a" * 500}, {"policy": "b"})
    assert line == f"policy: {'a' * 60}… (500 characters) -> b"


SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("before", "after", "markers"),
    [
        ({"x": SECRET}, {"x": "other"}, ({"x": True}, {})),
        ({"x": "other"}, {"x": SECRET}, ({}, {"x": True})),
        ({"x": {"y": [SECRET]}}, {"x": {"y": []}}, ({"x": True}, {})),
        ({"x": {"y": SECRET}}, {"x": {"y": "other"}}, ({"x": {"y": True}}, {"x": {}})),
        ({"x": [{"y": SECRET}]}, {"x": [{"y": "z"}]}, ({"x": [{"y": True}]}, {})),
        ({"x": [{"y": SECRET}]}, {"x": []}, ({"x": [{"y": True}]}, {"x": []})),
        ({"x": [SECRET]}, {"x": ["z"]}, ({"x": [True]}, {"x": [False]})),
        ({"x": SECRET}, {}, (True, False)),
        ({"x": SECRET}, None, ({"x": True}, False)),
        # Providers do not mark these.
        ({"environment": {"DB_PASSWORD": SECRET}}, {"environment": {}}, ({}, {})),
        ({"env": [{"api_key": SECRET}]}, {"env": []}, ({}, {})),
    ],
)
def test_a_secret_is_never_shown(before: Any, after: Any, markers: Any) -> None:
    change = {"before_sensitive": markers[0], "after_sensitive": markers[1]}
    lines = told(before, after, **change)
    assert lines
    assert SECRET not in "".join(lines)
    assert "(sensitive)" in "".join(lines)


values = st.recursive(
    st.just(SECRET) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
)


@hypothesis.given(values, values)
def test_a_whole_that_is_marked_hides_all_in_it(before: Any, after: Any) -> None:
    lines = told({"x": before}, {"x": after}, before_sensitive={"x": True}, after_sensitive={})
    assert SECRET not in "".join(lines)
    lines = told({"x": before}, {"x": after}, before_sensitive={}, after_sensitive={"x": True})
    assert SECRET not in "".join(lines)


def test_a_change_in_a_record_has_no_values() -> None:
    change = ResourceChange(
        "aws_vpc.a", "aws_vpc", "add", after={"x": SECRET}, before={"y": SECRET}
    )
    assert SECRET not in json.dumps(change.planned.to_dict())
    assert SECRET not in repr(change)
