from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldday.errors import Invalid
from fieldday.releases.request import ReleaseRequest

ORDER = ("auth", "conditions", "api")
GOOD: dict[str, Any] = {
    "services": ["api", "auth"],
    "version": "1.4.2",
    "source": "services/reference",
    "strategy": "canary",
    "steps": [10, 50, 100],
    "gate_seconds": 60,
    "approval_minutes": 60,
    "reason": "Faster search",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    (root / "services" / "reference").mkdir(parents=True)
    return root


def ask(checkout: Path, **changes: Any) -> ReleaseRequest:
    return ReleaseRequest.from_params(
        {**GOOD, **changes}, release_order=ORDER, source_roots=(checkout,)
    )


def test_a_good_request_is_in_release_order(checkout: Path) -> None:
    request = ask(checkout)
    assert request.services == ("auth", "api")
    assert request.source == checkout / "services" / "reference"
    assert request.steps == (10, 50, 100)


@pytest.mark.parametrize(
    "good",
    [
        {"version": None},
        {"version": "0"},
        {"version": "a" * 63},
        {"version": "0.0.0-0123456789ab"},
        {"strategy": "rolling"},
        {"strategy": "blue-green"},
        {"steps": [100]},
        {"steps": list(range(91, 101))},
        {"gate_seconds": 5},
        {"gate_seconds": 3600},
        {"approval_minutes": 0.1},
        {"approval_minutes": 10_080},
        {"reason": "why"},
        {"reason": "é" * 500},
        {"services": list(ORDER)},
    ],
)
def test_what_is_allowed(checkout: Path, good: dict[str, Any]) -> None:
    ask(checkout, **good)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("services", None, "is 'None', not a list"),
        ("approval_minutes", 0, "is 0"),
        ("approval_minutes", 10_081, "is 10081"),
        ("approval_minutes", True, "is 'True'"),
        ("services", "api", "is 'api', not a list"),
        ("services", [], "is empty"),
        ("services", ["api", "api"], "has 'api' more than once"),
        ("services", [1], "has '1', not text"),
        ("services", ["search"], "'search' is not in the catalogue"),
        ("services", ["-api"], "'-api' is not in the catalogue"),
        ("services", ["api\n"], "'api\\n' is not in the catalogue"),
        ("version", "-1", "'-1' can't be a tag"),
        ("version", "--set=x", "'--set=x' can't be a tag"),
        ("version", "1.0\n", "'1.0\\n' can't be a tag"),
        ("version", "1.0-", "'1.0-' can't be a tag"),
        ("version", "", "'' can't be a tag"),
        ("version", "1,image.digest=x", "'1,image.digest=x' can't be a tag"),
        ("version", "a" * 64, "can't be a tag"),
        ("version", "x" * 10_000, "(10000 characters) can't be a tag"),
        ("version", 1.4, "is '1.4', not text"),
        ("version", "latest", "'latest' names no one version"),
        ("strategy", "yolo", "'yolo' is not known"),
        ("strategy", None, "'None' is not known"),
        ("strategy", ["canary"], "is not known"),
        ("steps", None, "is 'None', not a list"),
        ("steps", [], "is empty"),
        ("steps", list(range(90, 101)), "has 11 steps"),
        ("steps", [0, 100], "has '0'"),
        ("steps", [10, 101], "has '101'"),
        ("steps", [10.5, 100], "has '10.5'"),
        ("steps", [True, 100], "has 'True'"),
        ("steps", ["10", 100], "has '10'"),
        ("steps", [50, 10, 100], "does not ascend"),
        ("steps", [50, 50, 100], "does not ascend"),
        ("steps", [10, 50], "ends with 50"),
        ("gate_seconds", 4, "is '4'"),
        ("gate_seconds", 3601, "is '3601'"),
        ("gate_seconds", True, "is 'True'"),
        ("gate_seconds", "10", "is '10'"),
        ("gate_seconds", None, "is 'None'"),
        ("reason", "no", "has 2 characters"),
        ("reason", "   x  ", "has 1 characters"),
        ("reason", "x" * 501, "has 501 characters"),
        ("reason", "x" * 10_000, "has 10000 characters"),
        ("reason", "two\nlines", "can't be printed"),
        ("reason", "bell\x07", "can't be printed"),
        ("reason", 42, "is '42', not text"),
        ("source", "", "is ''"),
        ("source", "../elsewhere", "'../elsewhere' is outside"),
        ("source", "/etc", "'/etc' is outside"),
        ("source", "services/../..", "is outside"),
        ("source", "services/none", "is not a folder"),
        ("source", "nul\0", "can't be a path"),
        ("source", "x" * 10_000, "can't be a path"),
        ("source", "-rf", "is not a folder"),
    ],
)
def test_what_is_refused_names_field_problem_and_mend(
    checkout: Path, field: str, value: object, problem: str
) -> None:
    with pytest.raises(Invalid) as caught:
        ask(checkout, **{field: value})
    assert caught.value.field == field
    assert problem in caught.value.problem
    assert caught.value.fix.endswith(".")
    text = str(caught.value)
    assert text == f"{field}: {caught.value.problem}. {caught.value.fix}"
    assert text.isprintable()
    assert len(text) < 600


def test_without_a_source_it_needs_a_version(checkout: Path) -> None:
    assert ask(checkout, source=None).source is None
    with pytest.raises(Invalid, match=r"version: is empty, and so is the source\. Give the"):
        ask(checkout, source=None, version=None)


def test_a_link_out_of_the_roots_is_outside(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(Invalid, match="is outside"):
        ReleaseRequest.from_params(
            {**GOOD, "source": "link"}, release_order=ORDER, source_roots=(tmp_path,)
        )


def test_a_second_root_is_allowed(checkout: Path, tmp_path: Path) -> None:
    source = checkout / "services" / "reference"
    request = ReleaseRequest.from_params(
        {**GOOD, "source": str(source)}, release_order=ORDER, source_roots=(tmp_path, checkout)
    )
    assert request.source == source


@settings(max_examples=300)
@given(
    field=st.sampled_from(list(GOOD)),
    value=st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=200),
        st.lists(st.one_of(st.integers(), st.text(max_size=20), st.none()), max_size=12),
        st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    ),
)
def test_whatever_comes_is_taken_or_refused_in_words(
    checkout: Path, field: str, value: object
) -> None:
    error: Invalid | None = None
    try:
        request = ask(checkout, **{field: value})
    except Invalid as e:
        error = e
    if error is None:
        assert request.steps[-1] == 100
        assert request.services
        assert request.reason.isprintable()
    else:
        assert error.field == field
        assert str(error).isprintable()
