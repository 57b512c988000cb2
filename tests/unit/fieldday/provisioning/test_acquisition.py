"""Which locks belong to somebody at work, and which were left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldday.provisioning.acquisition import LeftLock, Triage, triage
from fieldday.provisioning.journal import Journal
from fieldday.provisioning.locks import Lock

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
HELD = Lock("run", "run-0", "ann", "why", NOW - timedelta(hours=1))
OWN = Lock("run", "run-1", "ann", "why", NOW - timedelta(hours=1))
TERRAFORM = Lock("terraform", "0b8c", "ann@laptop", "OperationTypeApply", NOW - timedelta(hours=1))


def told(*locks: Lock, journals: tuple[Journal, ...] = (), **states: str) -> Triage:
    named = {name.replace("_", "-"): state for name, state in states.items()}
    return triage("run-1", locks, named, journals, NOW)


def test_an_environment_without_locks_or_with_ones_own_is_free() -> None:
    assert told() == told(OWN) == Triage(None, ())


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_lives_is_at_work(state: str) -> None:
    assert told(HELD, TERRAFORM, run_0=state) == Triage(HELD, ())


@pytest.mark.parametrize("state", ["failed", "success", "not known to Airflow"])
def test_a_run_that_has_ended_left_it(state: str) -> None:
    assert told(HELD, run_0=state).left == (LeftLock(HELD, f"the run is {state}"),)


def test_a_run_of_which_nothing_is_known_is_for_a_person() -> None:
    assert told(HELD).left == (LeftLock(HELD, "the run is not known to Airflow"),)


@pytest.mark.parametrize(("seconds", "lives"), [(0, True), (59, True), (60, False), (600, False)])
def test_terraform_s_lock_is_left_after_a_minute(seconds: int, lives: bool) -> None:
    lock = Lock("terraform", "1", "ann@laptop", "Plan", NOW - timedelta(seconds=seconds))
    found = told(lock)
    assert (found.live == lock) is lives
    assert (found.left == ()) is lives


def test_both_are_left_with_what_is_known_of_each() -> None:
    apply = Journal("run-0", "sha", "ann", updated=NOW.isoformat(timespec="milliseconds"))
    found = told(HELD, TERRAFORM, journals=(apply,), run_0="failed")
    assert found.left == (
        LeftLock(HELD, "the run is failed"),
        LeftLock(TERRAFORM, "an apply was interrupted under it: run run-0: nothing was done"),
    )


def test_an_apply_that_ended_or_was_before_explains_nothing() -> None:
    before = Journal("r", "sha", "ann", updated=(NOW - timedelta(hours=2)).isoformat())
    ended = Journal("r", "sha", "ann", updated=NOW.isoformat(), ended=True)
    found = told(TERRAFORM, journals=(before, ended))
    assert found.left == (LeftLock(TERRAFORM, "nothing is known of it"),)


def test_one_s_own_lock_hides_no_lock_of_terraform_s() -> None:
    assert told(OWN, TERRAFORM).left == (LeftLock(TERRAFORM, "nothing is known of it"),)
