"""How reliable somebody is, from what became of their bookings."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

# Of so many users the scores are given at once.
MOST_SCORES = 50
# Nobody is judged by one outcome: a score begins as that of so many outcomes of middling kind.
_PRIOR_WEIGHT = 4.0
_PRIOR_VALUE = 0.8
# What was so long ago counts half.
HALF_LIFE = timedelta(days=180)


class OutcomeKind(enum.Enum):
    """What became of a booking, for one of its two sides."""

    COMPLETED = "completed"
    CANCELLED_EARLY = "cancelled_early"
    CANCELLED_LATE = "cancelled_late"
    NO_SHOW = "no_show"


class Score(Struct, frozen=True):
    """How reliable a user is: 0 to 100, from so many outcomes."""

    user: UUID
    score: float
    outcomes: int


_VALUES = {
    OutcomeKind.COMPLETED: 1.0,
    OutcomeKind.CANCELLED_EARLY: 0.8,
    OutcomeKind.CANCELLED_LATE: 0.3,
    OutcomeKind.NO_SHOW: 0.0,
}


def score(outcomes: Iterable[tuple[OutcomeKind, datetime]], now: datetime) -> float:
    """A number from 0 to 100, to one decimal; 80 where nothing is known."""
    weights = _PRIOR_WEIGHT
    total = _PRIOR_WEIGHT * _PRIOR_VALUE
    for kind, at in outcomes:
        age = max(now - at, timedelta())
        weight = math.exp2(-age / HALF_LIFE)
        weights += weight
        total += weight * _VALUES[kind]
    return round(100 * total / weights, 1)
