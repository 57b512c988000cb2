"""A lock in a store: acquired, renewed and released by the rules of `fieldday.locks.policy`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from fieldday.locks.policy import Claim, Held, LockedError


class Store(Protocol):
    """Where one lock is kept; `LeaseStore` and `ObjectStore` are such."""

    def read(self) -> Held | None:
        """The lock as it is now."""

    def write(self, lock: Held, over: Held | None) -> bool:
        """Write it where it still is as it was read (`over`); whether nobody was faster."""

    def remove(self, held: Held) -> None:
        """Release it, where it still is as it was read."""


@dataclass(frozen=True)
class RunLock:
    """One claim on one lock."""

    store: Store
    claim: Claim

    def acquire(self, seconds: float | None = None) -> bool:
        """Acquire it, or renew it where it is held already. Raises `LockedError`.

        It expires after `seconds`; none: never. Returns whether it was not held before.
        """
        held = self.store.read()
        self._write(self.claim.acquire(held, datetime.now(UTC), seconds), held)
        return held is None or held.holder != self.claim.holder

    def renew(self, seconds: float) -> None:
        """Let it expire `seconds` from now.

        Raises `LostError` where it is not held any more: then nothing of what it guards may be
        changed.
        """
        held = self.store.read()
        self._write(self.claim.renew(held, datetime.now(UTC), seconds), held)

    def release(self) -> None:
        """Release it, where it is held."""
        held = self.store.read()
        if held is not None and held.holder == self.claim.holder:
            self.store.remove(held)

    def _write(self, lock: Held, held: Held | None) -> None:
        if lock == held or self.store.write(lock, held):
            return
        # An earlier try of its own, whose answer got lost, may have created it.
        now = self.store.read() if held is None else None
        if now is not None and now.holder == self.claim.holder:
            return
        msg = f"{self.claim.name}: another run acquired the lock just now. Try again."
        raise LockedError(msg, delay=5)
