"""What becomes of a booking: a state machine, and when money goes back."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from reference.domain.scores import OutcomeKind

# An unpaid booking holds its place so long.
PAYMENT_TIME = timedelta(minutes=30)
# Until so long before the session a user who cancels gets the money back.
REFUND_TIME = timedelta(hours=24)
# The host is paid so long after the session began, when nobody disputes it any more.
PAYOUT_TIME = timedelta(hours=24)


class State(enum.Enum):
    """pending: to be paid. cancelled: nothing is paid back. refunded: paid, and paid back."""

    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"

    @property
    def holds_place(self) -> bool:
        """Whether a place of the session is taken."""
        return self in (State.PENDING, State.PAID)


class Step(enum.Enum):
    """What may happen to a booking."""

    PAY = "pay"
    CANCEL = "cancel"
    REFUND = "refund"
    EXPIRE = "expire"


class NotAllowedError(Exception):
    """A booking in this state can't take this step."""

    def __init__(self, state: State, step: Step) -> None:
        super().__init__(f"The booking is {state.value}, so there is nothing to {step.value}.")
        self.state = state
        self.step = step


_NEXT = {
    (State.PENDING, Step.PAY): State.PAID,
    (State.PENDING, Step.CANCEL): State.CANCELLED,
    (State.PENDING, Step.EXPIRE): State.CANCELLED,
    (State.PAID, Step.CANCEL): State.CANCELLED,
    (State.PAID, Step.REFUND): State.REFUNDED,
}


def after(state: State, step: Step) -> State:
    """The state after a step. Raises NotAllowedError."""
    try:
        return _NEXT[state, step]
    except KeyError:
        raise NotAllowedError(state, step) from None


def first_state(price_cents: int) -> State:
    """What a new booking is: one that costs nothing needs no payment."""
    return State.PENDING if price_cents else State.PAID


def ending(state: State, starts_at: datetime, now: datetime, *, by_host: bool) -> Step:
    """How a booking ends that is called off: with money back, or without.

    The host who calls off always gives the money back, a user who does so late never gets it.
    """
    refunds = by_host or starts_at - now >= REFUND_TIME
    return Step.REFUND if state is State.PAID and refunds else Step.CANCEL


def is_expired(state: State, booked_at: datetime, now: datetime) -> bool:
    """Whether an unpaid booking has held its place long enough."""
    return state is State.PENDING and now - booked_at >= PAYMENT_TIME


def is_earned(state: State, starts_at: datetime, now: datetime, *, was_paid: bool) -> bool:
    """Whether the price is to be paid to the host: it was paid, and can't be disputed any more."""
    return was_paid and state is not State.REFUNDED and now - starts_at >= PAYOUT_TIME


def is_owed(state: State, starts_at: datetime, now: datetime, *, was_paid: bool) -> bool:
    """Whether the price is the host's though it may be too early to pay it.

    The session has begun, or its user called off too late to be paid back.
    """
    kept = state is State.CANCELLED or (state is State.PAID and starts_at <= now)
    return was_paid and kept


@dataclass(frozen=True, slots=True)
class End:
    """How a booking ended, as far as it has. was_paid: also where it was paid back."""

    state: State
    starts_at: datetime
    was_paid: bool
    called_off_at: datetime | None = None
    by_host: bool = False
    no_show: bool = False


def outcomes(end: End, now: datetime) -> tuple[OutcomeKind | None, OutcomeKind | None]:
    """What the booking says of its user and of its host; None: nothing, or nothing yet."""
    if not end.was_paid:
        return None, None
    if end.called_off_at is not None:
        early = end.starts_at - end.called_off_at >= REFUND_TIME
        kind = OutcomeKind.CANCELLED_EARLY if early else OutcomeKind.CANCELLED_LATE
        return (None, kind) if end.by_host else (kind, None)
    if now - end.starts_at < PAYOUT_TIME:
        return None, None
    return OutcomeKind.NO_SHOW if end.no_show else OutcomeKind.COMPLETED, OutcomeKind.COMPLETED
