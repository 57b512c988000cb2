"""The gate: analyzes one step of a rollout by what was measured since it began.

Bad as soon as the evidence is clear, good not before the step's time is over, and bad as well
when there is too little to go by: no data never promotes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from fieldday.releases.metrics import Figures
from fieldday.settings import GateLimits

# Below this probability that a version within the limit shows so many errors by chance, the
# evidence is clear. A gate looks every two seconds, so it must be small.
_CHANCE = 0.005
_PATIENCE = 3


class GateStatus(Enum):
    """What a gate says at one moment."""

    GOOD = "good"
    BAD = "bad"
    WAIT = "wait"


@dataclass(frozen=True)
class GateResult:
    """An outcome and why, in words with the figures."""

    outcome: GateStatus
    reason: str


def analyze(
    candidate: Figures,
    stable: Figures | None,
    *,
    elapsed: float,
    gate_seconds: float,
    limits: GateLimits | None = None,
) -> GateResult:
    """Analyze what was measured in the `elapsed` seconds since the step began.

    `stable` is what the old version did in the same time, where it had requests to be compared
    with. With too little data the gate waits `gate_seconds` three times at most.
    """
    limits = limits or GateLimits()
    if candidate.restarts > limits.restarts:
        times = f"{candidate.restarts:g} times" if candidate.restarts > 1 else "once"
        return GateResult(GateStatus.BAD, f"restarted {times} (limit {limits.restarts})")
    over = elapsed >= gate_seconds
    if candidate.requests < limits.min_requests:
        return _too_few(candidate, stable, elapsed, gate_seconds, limits)
    for reason in (
        _errors(candidate, stable, limits, over=over),
        _slowness(candidate, stable, limits, over=over),
    ):
        if reason:
            return GateResult(GateStatus.BAD, f"{reason} in {candidate.requests:.0f} requests")
    seen = (
        f"errors {_percent(candidate.error_rate)}, p95 {_milliseconds(candidate.p95_seconds)} "
        f"in {candidate.requests:.0f} requests"
    )
    if candidate.p95_seconds is None:
        # Requests are counted but their durations are not: half of the metrics is missing.
        return _without_durations(elapsed, gate_seconds)
    return GateResult(GateStatus.GOOD if over else GateStatus.WAIT, seen)


def _too_few(
    candidate: Figures,
    stable: Figures | None,
    elapsed: float,
    gate_seconds: float,
    limits: GateLimits,
) -> GateResult:
    text = (
        f"no data: {candidate.requests:.0f} requests measured in {elapsed:.0f} s, "
        f"{limits.min_requests} are needed"
    )
    if elapsed >= gate_seconds * _PATIENCE:
        return GateResult(GateStatus.BAD, text)
    # Stable is measured and busy: silence then is the candidate's own.
    busy = stable.requests if stable is not None else 0
    silent = candidate.requests == 0 and busy >= 5 * limits.min_requests
    if elapsed >= gate_seconds and silent:
        return GateResult(GateStatus.BAD, f"{text}, while stable had {busy:.0f}")
    return GateResult(GateStatus.WAIT, text)


def _without_durations(elapsed: float, gate_seconds: float) -> GateResult:
    outcome = GateStatus.BAD if elapsed >= gate_seconds * _PATIENCE else GateStatus.WAIT
    return GateResult(outcome, f"no data: no durations measured in {elapsed:.0f} s")


def _errors(candidate: Figures, stable: Figures | None, limits: GateLimits, *, over: bool) -> str:
    rate = candidate.error_rate
    if rate > limits.error_rate and (over or _is_clear(candidate, limits.error_rate)):
        return f"errors {_percent(rate)} (limit {_percent(limits.error_rate)})"
    if stable is None or stable.requests < limits.min_requests:
        return ""
    allowed = max(stable.error_rate * limits.worse_factor, limits.error_floor)
    if rate > allowed and _is_clear(candidate, allowed):
        return f"errors {_percent(rate)}, stable {_percent(stable.error_rate)}"
    return ""


def _slowness(candidate: Figures, stable: Figures | None, limits: GateLimits, *, over: bool) -> str:
    p95 = candidate.p95_seconds
    if p95 is None:
        return ""
    # Above its limit means that more than one in twenty was slower; a few slow first requests
    # of a cold pod are not clear evidence of that.
    clear = chance(round(candidate.slow), round(candidate.requests), 0.05) < _CHANCE
    if p95 > limits.p95_seconds and (over or clear):
        return f"p95 {_milliseconds(p95)} (limit {_milliseconds(limits.p95_seconds)})"
    if stable is None or stable.p95_seconds is None or stable.requests < limits.min_requests:
        return ""
    if p95 > max(stable.p95_seconds * limits.worse_factor, limits.p95_floor_seconds):
        enough = over and candidate.requests >= 5 * limits.min_requests
        return f"p95 {_milliseconds(p95)}, stable {_milliseconds(stable.p95_seconds)}" * enough
    return ""


def _is_clear(found: Figures, rate: float) -> bool:
    """Whether a version with this error rate shows as many errors by chance almost never."""
    return chance(round(found.errors), round(found.requests), rate) < _CHANCE


def chance(errors: int, requests: int, rate: float) -> float:
    """The probability of at least `errors` in `requests` when each fails at `rate` (binomial)."""
    if errors <= 0:
        return 1.0
    if rate <= 0 or errors > requests:
        return 0.0
    if rate >= 1:
        return 1.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    fewer = sum(
        math.exp(
            math.lgamma(requests + 1)
            - math.lgamma(k + 1)
            - math.lgamma(requests - k + 1)
            + k * log_rate
            + (requests - k) * log_rest
        )
        for k in range(errors)
    )
    return max(0.0, 1.0 - fewer)


def _percent(rate: float) -> str:
    return f"{rate * 100:.2g} %"


def _milliseconds(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds * 1000:.0f} ms"
