from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from fieldday.airflow.retries import FieldDayRetries
from fieldday.errors import FieldDayError, Invalid, Permanent, Retryable
from fieldday.locks.policy import LockedError


@pytest.mark.parametrize("error", [Permanent("x: is wrong."), Invalid("x", "is wrong", "Fix it.")])
def test_what_a_person_has_to_mend_fails_at_once(error: Exception) -> None:
    decision = FieldDayRetries().evaluate(error, 1, 3)
    assert decision.action is RetryAction.FAIL
    assert decision.reason == str(error)


@pytest.mark.parametrize("kind", [Retryable, LockedError])
def test_what_may_mend_itself_is_tried_after_its_own_delay(kind: type[Retryable]) -> None:
    decision = FieldDayRetries().evaluate(kind("x: is away.", delay=2.5), 1, 3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=2.5)
    assert decision.reason == "x: is away."


@pytest.mark.parametrize("error", [FieldDayError("x"), ValueError("x"), KeyboardInterrupt()])
def test_anything_else_is_left_to_the_tasks_own_delay(error: BaseException) -> None:
    assert FieldDayRetries().evaluate(error, 1, 3).action is RetryAction.DEFAULT
