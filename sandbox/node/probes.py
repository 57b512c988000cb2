"""What a series of probe results means: thresholds, as the kubelet counts them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["startup", "readiness", "liveness"]


@dataclass(frozen=True)
class Timing:
    """When a probe is made, in seconds, and how many results in a row count."""

    initial_delay: float
    period: float
    timeout: float
    successes: int
    failures: int

    @classmethod
    def of(cls, probe: dict[str, Any]) -> Timing:
        """The timing in a container's spec; the API server has filled in the defaults."""
        return cls(
            initial_delay=float(probe.get("initialDelaySeconds") or 0),
            period=float(probe.get("periodSeconds") or 10),
            timeout=float(probe.get("timeoutSeconds") or 1),
            successes=int(probe.get("successThreshold") or 1),
            failures=int(probe.get("failureThreshold") or 3),
        )


@dataclass
class Verdict:
    """One probe's verdict on one run of a container.

    Readiness and startup begin as failed, liveness as passed. A verdict changes only when
    enough results in a row say so.
    """

    kind: Kind
    timing: Timing
    passed: bool
    _last: bool | None = None
    _run: int = 0

    @classmethod
    def first(cls, kind: Kind, timing: Timing) -> Verdict:
        """The verdict before any result."""
        return cls(kind, timing, passed=kind == "liveness")

    def add(self, success: bool) -> bool:
        """Count a result; whether the verdict is now decided by enough equal results in a row."""
        self._run = self._run + 1 if success is self._last else 1
        self._last = success
        if self._run < (self.timing.successes if success else self.timing.failures):
            return False
        self.passed = success
        return True
