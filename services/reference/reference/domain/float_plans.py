"""Float plans: who is on the water, until when, and whom to call when they are not back.

https://floatplancentral.cgaux.org
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

# A party is looked for so long after it meant to be back.
GRACE = timedelta(minutes=30)
LONGEST = timedelta(days=14)
# A plan may be filed from the water.
LATE = timedelta(hours=1)
FARTHEST = timedelta(days=365)


class State(enum.Enum):
    """open: not back yet. overdue: not back in time, and told to others. returned: back."""

    OPEN = "open"
    OVERDUE = "overdue"
    RETURNED = "returned"


def objection(
    departs_at: datetime, returns_at: datetime, now: datetime, *, adult: bool, has_guardian: bool
) -> str | None:
    """What is wrong with a plan, and what would be right; None where it is good."""
    if not adult and not has_guardian:
        return "guardian: is missing. A minor's plan needs a guardian who can be reached."
    if not now - LATE <= departs_at <= now + FARTHEST:
        return "departs_at: is not between an hour ago and a year from now. Give the real time."
    if not departs_at < returns_at <= departs_at + LONGEST:
        return "returns_at: is not within 14 days after departs_at. Give a time in between."
    return None


def is_overdue(state: State, returns_at: datetime, now: datetime) -> bool:
    """Whether somebody must be told that a party is not back."""
    return state is State.OPEN and now - returns_at >= GRACE
