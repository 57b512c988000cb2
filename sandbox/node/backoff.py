"""The kubelet's back-off between a container's restarts and between tries to pull an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class BackOff:
    """First try again at once, then after `base` seconds, doubled each time up to `limit`.

    Something that ran longer than twice the limit counts as healthy and begins anew.
    """

    base: float
    limit: float
    delay: float = 0.0
    """Seconds that the last `next` gave."""
    _tries: int = 0

    def next(self, ran_seconds: float = 0.0) -> float:
        """Seconds to wait, after something that went on for `ran_seconds` has failed."""
        if ran_seconds > 2 * self.limit:
            self.reset()
        self.delay = min(self.base * 2 ** (self._tries - 1), self.limit) if self._tries else 0.0
        # Beyond this the limit holds anyway, and the power would grow without end.
        self._tries = min(self._tries + 1, 64)
        return self.delay

    def reset(self) -> None:
        """Begin anew."""
        self._tries, self.delay = 0, 0.0
