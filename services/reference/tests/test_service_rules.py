"""The rules of scores, float plans, matches, conditions, delivery and the payment provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.domain import conditions, delivery, float_plans, provider, scores
from reference.domain.float_plans import State
from reference.domain.matching import suitability
from reference.domain.scores import OutcomeKind

NOW = datetime(2031, 5, 1, 6, tzinfo=UTC)
moments = st.timedeltas(timedelta(days=-9999), timedelta(days=9999)).map(NOW.__add__)
outcomes = st.lists(st.tuples(st.sampled_from(OutcomeKind), moments), max_size=20)


@given(outcomes)
def test_a_score_is_from_0_to_100(known: list[tuple[OutcomeKind, datetime]]) -> None:
    assert 0 <= scores.score(known, NOW) <= 100


@given(outcomes, moments)
def test_to_come_lifts_a_score_and_to_stay_away_lowers_it(
    known: list[tuple[OutcomeKind, datetime]], at: datetime
) -> None:
    before = scores.score(known, NOW)
    assert scores.score([*known, (OutcomeKind.COMPLETED, at)], NOW) >= before
    assert scores.score([*known, (OutcomeKind.NO_SHOW, at)], NOW) <= before


def test_what_is_long_ago_hardly_counts() -> None:
    assert scores.score([], NOW) == 80
    yesterday = scores.score([(OutcomeKind.NO_SHOW, NOW - timedelta(days=1))], NOW)
    once = scores.score([(OutcomeKind.NO_SHOW, NOW - timedelta(days=1000))], NOW)
    assert yesterday == pytest.approx(64, abs=0.2)
    assert once > 79


@given(
    score=st.none() | st.floats(0, 100),
    rating=st.none() | st.sampled_from(["good", "fair", "poor"]),
    starts_at=moments,
)
def test_suitability_is_from_0_to_1_and_likes_the_reliable(
    score: float | None, rating: str | None, starts_at: datetime
) -> None:
    found = suitability(score, rating, starts_at, NOW)
    assert 0 <= found <= 1
    assert suitability(100, rating, starts_at, NOW) >= found
    assert suitability(score, "good", starts_at, NOW) >= found


@given(st.sampled_from(sorted(conditions.SPOTS)), moments)
def test_conditions_are_plausible_and_the_same_within_the_hour(name: str, moment: datetime) -> None:
    spot = conditions.SPOTS[name]
    reading = conditions.reading(spot, moment)
    start = moment.replace(minute=0, second=0, microsecond=0)
    assert reading == conditions.reading(spot, start)
    assert reading.source == "simulated"
    assert -25 < reading.air_celsius < 45
    assert 0 <= reading.water_celsius < 40
    assert 0 <= reading.wind_mps <= reading.gust_mps < 40
    assert (reading.tide_metres is None) == (not spot.is_sea)


def test_storms_are_poor() -> None:
    assert conditions.rating(gust_mps=20, wave_metres=0.3, air_celsius=20) == "poor"
    assert conditions.rating(gust_mps=9, wave_metres=0.3, air_celsius=20) == "fair"
    assert conditions.rating(gust_mps=3, wave_metres=0.3, air_celsius=20) == "good"


@pytest.mark.parametrize(
    ("departs", "returns", "adult", "guardian", "problem"),
    [
        (0, 3, True, False, None),
        (0, 3, False, True, None),
        (0, 3, False, False, "guardian"),
        (-2, 3, True, False, "departs_at"),
        (366 * 24, 367 * 24, True, False, "departs_at"),
        (3, 3, True, False, "returns_at"),
        (0, 15 * 24, True, False, "returns_at"),
    ],
)
def test_a_float_plan_is_checked(
    departs: int, returns: int, adult: bool, guardian: bool, problem: str | None
) -> None:
    said = float_plans.objection(
        NOW + timedelta(hours=departs),
        NOW + timedelta(hours=returns),
        NOW,
        adult=adult,
        has_guardian=guardian,
    )
    assert (said or "").partition(":")[0] == (problem or "")


@given(st.sampled_from(State), moments)
def test_only_an_open_plan_becomes_overdue(state: State, returns_at: datetime) -> None:
    late = NOW - returns_at >= float_plans.GRACE
    assert float_plans.is_overdue(state, returns_at, NOW) == (late and state is State.OPEN)


def test_waits_between_tries_grow_to_a_limit() -> None:
    waits = [delivery.wait_seconds(tries) for tries in range(1, 20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2, 300)
    assert not delivery.deliver("email", "bounce@example.com")
    assert delivery.deliver("email", None)
    assert delivery.deliver("push", "bounce@example.com")


def test_the_provider_declines_as_its_test_tokens_say() -> None:
    assert provider.charge("pm_card_ok").declined is None
    assert provider.charge("pm_card_declined").declined == "card_declined"
    assert provider.charge("pm_somebody_made_up").declined == "unknown_payment_method"
