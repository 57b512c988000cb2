"""When a lock may be acquired, renewed and released: the same rules wherever it is kept.

A lock belongs to a holder, the run of a pipeline. It may expire: then the holder renews it as it
gets on, and one that was not renewed in time, since its run is dead, is taken over by the next who
wants it. Or it does not: then only a person can decide that its holder is dead.

    Retryable
    └── LockedError       another one holds the lock
        └── LostError     and it was held by who renews it
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fieldday.errors import Retryable, quoted


class LockedError(Retryable):
    """Another one holds the lock."""


class LostError(LockedError):
    """The lock expired, or a person released it: what it guards may have been changed since."""


@dataclass(frozen=True)
class Held:
    """A lock as it is kept."""

    holder: str
    """The id of the run; '': it was released, and is kept for the next one."""
    since: datetime
    """When its holder acquired it."""
    renewed: datetime
    seconds: float | None = None
    """How long after `renewed` it expires; none: never."""
    who: str = ""
    """The person that the run works for, where that is kept."""
    reason: str = ""
    turns: int = 1
    """How many holders there have been."""
    kept: Any = field(default=None, compare=False, repr=False)
    """What the store has read, so that only that very content is replaced."""

    def is_free(self, now: datetime) -> bool:
        """Whether anybody may acquire it."""
        if not self.holder:
            return True
        return self.seconds is not None and now >= self.renewed + timedelta(seconds=self.seconds)

    def refusal(self, name: str, now: datetime) -> LockedError:
        """The error for somebody else, which says who holds it."""
        by = f"run {quoted(self.holder, 250)}" + (f" of {self.who}" if self.who else "")
        if self.seconds is None:
            return locked(name, by, since(self.since, self.reason, now))
        expires = self.renewed + timedelta(seconds=self.seconds)
        delay = min(60.0, max(1.0, (expires - now).total_seconds() + 1))
        return locked(name, by, f"until {expires:%H:%M:%S} UTC at least", delay)


@dataclass(frozen=True)
class Claim:
    """Who wants a lock."""

    name: str
    """What it guards, for errors: a service, an environment."""
    holder: str
    """The id of the run."""
    who: str = ""
    """The person that the run works for."""
    reason: str = ""

    def acquire(self, held: Held | None, now: datetime, seconds: float | None = None) -> Held:
        """The lock once it is acquired, or renewed where it is held already; `held` is as read.

        Raises `LockedError`.
        """
        if held is not None and held.holder == self.holder:
            return self._renewed(held, now, seconds)
        if held is not None and not held.is_free(now):
            raise held.refusal(self.name, now)
        turns = 1 if held is None else held.turns + 1
        return Held(self.holder, now, now, seconds, self.who, self.reason, turns)

    def renew(self, held: Held | None, now: datetime, seconds: float) -> Held:
        """The lock once it is renewed. One that expired is still held while nobody took it over.

        Raises `LostError`: it has another holder, or none.
        """
        if held is not None and held.holder == self.holder:
            return self._renewed(held, now, seconds)
        to = (
            f"run {quoted(held.holder, 250)} holds it"
            if held and held.holder
            else "nobody holds it"
        )
        msg = f"{self.name}: its lock was lost, {to}. Wait for who works on it, and try again."
        raise LostError(msg, delay=30)

    @staticmethod
    def _renewed(held: Held, now: datetime, seconds: float | None) -> Held:
        return held if seconds is None else replace(held, renewed=now, seconds=seconds)


def locked(name: str, by: str, when: str, delay: float = 10.0) -> LockedError:
    """The error that says who holds the lock."""
    msg = f"{name}: {by} holds the lock {when}. Wait for it, or stop it."
    return LockedError(msg, delay=delay)


def since(time: datetime, reason: str, now: datetime) -> str:
    """For people: since when, how long that is, and what for."""
    return f"since {time:%H:%M:%S} UTC ({age(time, now)}; {quoted(reason, 100)})"


def age(time: datetime, now: datetime) -> str:
    """For people, such as `3 min`."""
    seconds = max(0, int((now - time).total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
