from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldday.releases.gate import GateStatus, analyze, chance
from fieldday.releases.metrics import Figures
from fieldday.settings import GateLimits

FINE = Figures(requests=1000, errors=0, p95_seconds=0.05)


def look(
    candidate: Figures, stable: Figures | None = FINE, *, elapsed: float = 10, gate: float = 10
) -> tuple[GateStatus, str]:
    found_by_gate = analyze(candidate, stable, elapsed=elapsed, gate_seconds=gate)
    return found_by_gate.outcome, found_by_gate.reason


def test_good_at_the_end_and_not_before() -> None:
    seen = Figures(requests=100, errors=0, p95_seconds=0.05)
    assert look(seen, elapsed=9.9)[0] is GateStatus.WAIT
    assert look(seen) == (GateStatus.GOOD, "errors 0 %, p95 50 ms in 100 requests")


def test_clear_errors_end_it_early() -> None:
    seen = Figures(requests=60, errors=5, p95_seconds=0.05)
    outcome, reason = look(seen, elapsed=3)
    assert outcome is GateStatus.BAD
    assert reason == "errors 8.3 % (limit 1 %) in 60 requests"


def test_one_early_error_is_not_clear() -> None:
    seen = Figures(requests=30, errors=1, p95_seconds=0.05)
    assert look(seen, elapsed=3)[0] is GateStatus.WAIT
    assert look(seen)[0] is GateStatus.BAD


def test_errors_within_the_limit_are_good() -> None:
    assert look(Figures(requests=1000, errors=4, p95_seconds=0.05))[0] is GateStatus.GOOD


def test_more_errors_than_stable_are_bad_even_within_the_limit() -> None:
    outcome, reason = look(Figures(requests=4000, errors=39, p95_seconds=0.05))
    assert outcome is GateStatus.BAD
    assert "errors 0.97 %, stable 0 %" in reason


def test_the_same_errors_as_stable_are_no_worse() -> None:
    stable = Figures(requests=4000, errors=36, p95_seconds=0.05)
    assert look(Figures(requests=4000, errors=39, p95_seconds=0.05), stable)[0] is GateStatus.GOOD


def test_slowness_is_bad_at_the_end_or_when_it_is_clear() -> None:
    few = Figures(requests=40, p95_seconds=0.9, slow=3)
    assert look(few, elapsed=4)[0] is GateStatus.WAIT
    assert look(few) == (GateStatus.BAD, "p95 900 ms (limit 500 ms) in 40 requests")
    all_slow = Figures(requests=40, p95_seconds=0.9, slow=40)
    assert look(all_slow, elapsed=4)[0] is GateStatus.BAD


def test_much_slower_than_stable_is_bad() -> None:
    outcome, reason = look(Figures(requests=200, p95_seconds=0.3))
    assert (outcome, reason) == (GateStatus.BAD, "p95 300 ms, stable 50 ms in 200 requests")
    assert look(Figures(requests=200, p95_seconds=0.09))[0] is GateStatus.GOOD
    assert look(Figures(requests=50, p95_seconds=0.3))[0] is GateStatus.GOOD
    assert look(Figures(requests=200, p95_seconds=0.3), None)[0] is GateStatus.GOOD


@pytest.mark.parametrize(("restarts", "text"), [(1, "once"), (3, "3 times")])
def test_a_restart_is_bad_at_once(restarts: int, text: str) -> None:
    seen = Figures(requests=100, p95_seconds=0.05, restarts=restarts)
    assert look(seen, elapsed=1) == (GateStatus.BAD, f"restarted {text} (limit 0)")


def test_no_data_never_promotes() -> None:
    quiet = Figures()
    assert look(quiet, Figures())[0] is GateStatus.WAIT
    assert look(quiet, Figures(), elapsed=29)[0] is GateStatus.WAIT
    outcome, reason = look(quiet, None, elapsed=30)
    assert outcome is GateStatus.BAD
    assert reason == "no data: 0 requests measured in 30 s, 20 are needed"


def test_silence_beside_a_busy_stable_is_bad_at_the_end_of_the_gate() -> None:
    assert look(Figures(), elapsed=9)[0] is GateStatus.WAIT
    outcome, reason = look(Figures())
    assert outcome is GateStatus.BAD
    assert reason.endswith("while stable had 1000")


def test_requests_without_durations_are_half_of_the_data() -> None:
    seen = Figures(requests=100)
    assert look(seen)[0] is GateStatus.WAIT
    assert look(seen, elapsed=30) == (GateStatus.BAD, "no data: no durations measured in 30 s")


def test_the_limits_can_be_others() -> None:
    found_by_gate = analyze(
        Figures(requests=10, errors=2, p95_seconds=0.05),
        None,
        elapsed=10,
        gate_seconds=10,
        limits=GateLimits(error_rate=0.5, min_requests=5),
    )
    assert found_by_gate.outcome is GateStatus.GOOD


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_chance_is_the_binomial_tail(errors: int, requests: int, rate: float) -> None:
    exact = sum(
        math.comb(requests, k) * rate**k * (1 - rate) ** (requests - k)
        for k in range(errors, requests + 1)
    )
    assert chance(errors, requests, rate) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(
    ("errors", "rate", "expected"), [(0, 0.5, 1), (3, 0, 0), (3, 1, 1), (3, -1, 0)]
)
def test_chance_at_its_edges(errors: int, rate: float, expected: float) -> None:
    assert chance(errors, 10, rate) == expected


@given(
    st.builds(
        Figures,
        requests=st.integers(0, 5000),
        errors=st.integers(0, 5000),
        p95_seconds=st.none() | st.floats(0, 20),
        slow=st.integers(0, 5000),
        restarts=st.integers(0, 3),
    ),
    st.none() | st.just(FINE) | st.just(Figures()),
    st.floats(0, 100),
)
def test_good_only_with_all_data_and_within_all_limits(
    seen: Figures, stable: Figures | None, elapsed: float
) -> None:
    outcome, reason = look(seen, stable, elapsed=elapsed)
    assert reason
    if outcome is GateStatus.GOOD:
        assert elapsed >= 10
        assert seen.requests >= 20
        assert seen.error_rate <= 0.01
        assert seen.p95_seconds is not None
        assert seen.p95_seconds <= 0.5
        assert seen.restarts == 0
    if elapsed >= 30:
        assert outcome is not GateStatus.WAIT
