from __future__ import annotations

import pickle

import pytest

from fieldday.errors import FieldDayError, Invalid, Permanent, Retryable, quoted


def test_invalid_names_field_problem_and_mend() -> None:
    error = Invalid("version", "is empty", "Give a tag such as 1.4.2.")
    assert str(error) == "version: is empty. Give a tag such as 1.4.2."
    assert isinstance(error, Permanent)
    assert isinstance(error, FieldDayError)


def test_retryable_says_when() -> None:
    assert Retryable("registry: not there. Try again.", delay=3).delay == 3
    assert Retryable("x").delay > 0


@pytest.mark.parametrize("error", [Invalid("a", "b", "C."), Retryable("x", delay=7)])
def test_errors_survive_a_process_boundary(error: FieldDayError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("api", "'api'"),
        ("a\nb", "'a\\nb'"),
        ("x" * 10_000, f"'{'x' * 60}…' (10000 characters)"),
        (12, "'12'"),
        ("naïve", "'na\\xefve'"),
    ],
)
def test_quoted_is_one_short_line(value: object, shown: str) -> None:
    assert quoted(value) == shown
