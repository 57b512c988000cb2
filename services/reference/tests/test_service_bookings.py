"""What becomes of bookings: the state machine and its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reference.domain import bookings
from reference.domain.bookings import End, NotAllowedError, State, Step
from reference.domain.scores import OutcomeKind

START = datetime(2031, 5, 1, 6, tzinfo=UTC)
moments = st.timedeltas(timedelta(days=-365), timedelta(days=365)).map(START.__add__)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (State.PENDING, {Step.PAY, Step.CANCEL, Step.EXPIRE}),
        (State.PAID, {Step.CANCEL, Step.REFUND}),
        (State.CANCELLED, set()),
        (State.REFUNDED, set()),
    ],
)
def test_the_steps_of_each_state(state: State, allowed: set[Step]) -> None:
    for step in Step:
        if step in allowed:
            assert bookings.after(state, step) is not state
        else:
            with pytest.raises(NotAllowedError, match=f"The booking is {state.value}"):
                bookings.after(state, step)


class Money(RuleBasedStateMachine):
    """One booking, whatever is tried with it, and where its money is."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.PENDING
        self.paid = self.given_back = 0

    @rule(step=st.sampled_from(Step))
    def try_step(self, step: Step) -> None:
        try:
            self.state = bookings.after(self.state, step)
        except NotAllowedError:
            return
        self.paid += step is Step.PAY
        self.given_back += step is Step.REFUND

    @precondition(lambda self: self.state.holds_place)
    @rule(now=moments, by_host=st.booleans())
    def call_off(self, now: datetime, by_host: bool) -> None:
        was = self.state
        step = bookings.ending(was, START, now, by_host=by_host)
        self.try_step(step)
        assert not self.state.holds_place
        early = START - now >= bookings.REFUND_TIME
        assert (self.state is State.REFUNDED) == (was is State.PAID and (by_host or early))

    @invariant()
    def nobody_pays_twice_or_gets_back_what_was_not_paid(self) -> None:
        assert self.given_back <= self.paid <= 1
        assert (self.state is State.REFUNDED) == (self.given_back == 1)


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=40, stateful_step_count=12)


@given(booked=moments, now=moments)
def test_only_unpaid_bookings_expire(booked: datetime, now: datetime) -> None:
    late = now - booked >= bookings.PAYMENT_TIME
    assert bookings.is_expired(State.PENDING, booked, now) == late
    assert not any(
        bookings.is_expired(state, booked, now) for state in State if state is not State.PENDING
    )


@given(state=st.sampled_from(State), now=moments, was_paid=st.booleans())
def test_hosts_earn_what_was_paid_and_kept(state: State, now: datetime, was_paid: bool) -> None:
    earned = bookings.is_earned(state, START, now, was_paid=was_paid)
    assert earned == (
        was_paid and state is not State.REFUNDED and now >= START + bookings.PAYOUT_TIME
    )


@given(state=st.sampled_from(State), now=moments, was_paid=st.booleans())
def test_what_is_owed_to_a_host_is_never_paid_back(
    state: State, now: datetime, was_paid: bool
) -> None:
    owed = bookings.is_owed(state, START, now, was_paid=was_paid)
    if owed:
        # From when the session begins nobody can call off.
        assert was_paid
        assert now >= START or not state.holds_place
        assert state is not State.REFUNDED
    elif was_paid and state in (State.PAID, State.CANCELLED):
        assert state is State.PAID
        assert now < START


@given(
    state=st.sampled_from(State),
    was_paid=st.booleans(),
    called_off_at=st.none() | moments,
    by_host=st.booleans(),
    no_show=st.booleans(),
    now=moments,
)
def test_an_outcome_blames_only_who_did_it(
    state: State,
    was_paid: bool,
    called_off_at: datetime | None,
    by_host: bool,
    no_show: bool,
    now: datetime,
) -> None:
    end = End(state, START, was_paid, called_off_at, by_host, no_show)
    of_user, of_host = bookings.outcomes(end, now)
    if not was_paid:
        assert (of_user, of_host) == (None, None)
    elif called_off_at is not None:
        innocent, culprit = (of_user, of_host) if by_host else (of_host, of_user)
        early = START - called_off_at >= bookings.REFUND_TIME
        kind = OutcomeKind.CANCELLED_EARLY if early else OutcomeKind.CANCELLED_LATE
        assert (innocent, culprit) == (None, kind)
    elif now < START + timedelta(days=1):
        assert (of_user, of_host) == (None, None)
    else:
        assert of_host is OutcomeKind.COMPLETED
        assert (of_user is OutcomeKind.NO_SHOW) == no_show


def test_what_costs_nothing_needs_no_payment() -> None:
    assert bookings.first_state(0) is State.PAID
    assert bookings.first_state(1) is State.PENDING
