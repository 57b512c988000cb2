"""Which session suits best: by how reliable its host is, and by the weather."""

from __future__ import annotations

import math
from datetime import datetime

_RATINGS = {"good": 1.0, "fair": 0.6, "poor": 0.1}
# What is not known counts as middling, so that it neither lifts nor sinks a session.
_UNKNOWN_SCORE = 80.0
_UNKNOWN_RATING = 0.6


def suitability(
    score: float | None, rating: str | None, starts_at: datetime, now: datetime
) -> float:
    """From 0 to 1. score: the host's, 0 to 100. rating: good, fair or poor."""
    host = (_UNKNOWN_SCORE if score is None else score) / 100
    weather = _UNKNOWN_RATING if rating is None else _RATINGS.get(rating, _UNKNOWN_RATING)
    days = max((starts_at - now).total_seconds(), 0) / 86_400
    # Half as interesting in four weeks as today.
    soon = math.exp2(-days / 28)
    return round(0.5 * host + 0.3 * weather + 0.2 * soon, 4)
