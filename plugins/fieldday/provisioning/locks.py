"""Who has an environment: one run of `provision` at a time, and one Terraform at a time.

Both locks are objects in the state bucket. The run's is held from its first task to its last,
also while a person decides; Terraform's own while it works on the state. One that a killed run
or Terraform left is never taken over silently: it may belong to somebody who is still at work.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from fieldday.errors import Permanent, Retryable, quoted
from fieldday.provisioning.store import Store

Kind = Literal["run", "terraform"]


class LockedError(Retryable):
    """Somebody else has the environment."""


@dataclass(frozen=True)
class Lock:
    """A lock as it is in the bucket."""

    kind: Kind
    id: str
    """Of a run's: the run. Of Terraform's: what `terraform force-unlock` takes."""
    holder: str
    """Who, such as `operator` or `ann@laptop`."""
    operation: str
    """What for."""
    since: datetime

    def age(self, now: datetime) -> str:
        """For people, such as `3 min`."""
        seconds = max(0, int((now - self.since).total_seconds()))
        if seconds < 120:
            return f"{seconds} s"
        minutes = seconds // 60
        return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "since": self.since.isoformat()}

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Self:
        """As `to_dict` wrote it."""
        return cls(**{**found, "since": datetime.fromisoformat(found["since"])})


def terraform_lock(store: Store) -> Lock | None:
    """Terraform's own lock on the environment's state."""
    content = store.get(_terraform_key(store))
    if content is None:
        return None
    try:
        found = json.loads(content)
        return Lock(
            kind="terraform",
            id=str(found["ID"]),
            holder=str(found["Who"]),
            operation=str(found["Operation"]),
            since=_time(str(found["Created"])),
        )
    except (ValueError, KeyError, TypeError) as e:
        raise _damaged(store, _terraform_key(store)) from e


def run_lock(store: Store) -> Lock | None:
    """The run that has the environment."""
    content = store.get(_run_key(store))
    if content is None:
        return None
    try:
        return Lock.from_dict(json.loads(content))
    except (ValueError, KeyError, TypeError) as e:
        raise _damaged(store, _run_key(store)) from e


def acquire(store: Store, run: str, who: str, reason: str) -> None:
    """Take the environment for a run, or find that it has it. Raises `LockedError`."""
    lock = Lock("run", run, who, reason, datetime.now(UTC))
    content = json.dumps(lock.to_dict()).encode()
    if store.put(_run_key(store), content, only_new=True):
        return
    held = run_lock(store)
    if held is None or held.id != run:
        raise locked(store, held)


def locked(store: Store, held: Lock | None) -> LockedError:
    """The error that says who has it."""
    if held is None:
        msg = f"{store.environment}: another run had it just now. Try again."
        return LockedError(msg, delay=5)
    what = "run " if held.kind == "run" else "Terraform of "
    name = quoted(held.id, 250) + f" of {held.holder}" if held.kind == "run" else held.holder
    msg = (
        f"{store.environment}: {what}{name} has it since {held.since:%H:%M:%S} UTC "
        f"({held.age(datetime.now(UTC))}; {quoted(held.operation, 100)}). Wait for it, or stop it."
    )
    return LockedError(msg, delay=10)


def release(store: Store, lock: Lock) -> bool:
    """Remove that very lock; whether it was there still."""
    now = run_lock(store) if lock.kind == "run" else terraform_lock(store)
    if now != lock:
        return False
    store.delete(_run_key(store) if lock.kind == "run" else _terraform_key(store))
    return True


def give_back(store: Store, run: str) -> None:
    """Let go of the environment, where this run has it."""
    held = run_lock(store)
    if held is not None and held.id == run:
        store.delete(_run_key(store))


def _run_key(store: Store) -> str:
    return f"{store.folder}/run.lock"


def _terraform_key(store: Store) -> str:
    return f"{store.state}.tflock"


def _time(text: str) -> datetime:
    """Go writes nanoseconds, which Python does not read."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{(fraction + '000000')[:6]}+00:00")


def _damaged(store: Store, key: str) -> Permanent:
    msg = f"s3://{store.bucket}/{key}: is not a lock. Look at it, and remove it by hand."
    return Permanent(msg)
