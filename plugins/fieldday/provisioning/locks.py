"""Who may change an environment: one run of `provision` at a time, and one Terraform at a time.

Both locks are objects in the state bucket. The run's is held from its first task to its last,
also while a person decides; Terraform's own while it works on the state. One that a killed run
or Terraform left is never taken over silently: it may belong to somebody who is still at work.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from fieldday.errors import quoted
from fieldday.locks import policy
from fieldday.locks.policy import Claim, LockedError
from fieldday.locks.run_lock import RunLock
from fieldday.locks.s3 import ObjectStore, damaged
from fieldday.provisioning.store import Store

Kind = Literal["run", "terraform"]


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
        return policy.age(self.since, now)

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
        raise damaged(_url(store, _terraform_key(store))) from e


def run_lock(store: Store) -> Lock | None:
    """The run that holds the environment's lock."""
    held = _run_store(store).read()
    return None if held is None else Lock("run", held.holder, held.who, held.reason, held.since)


def acquire(store: Store, run: str, who: str, reason: str) -> None:
    """Acquire the environment's lock for a run, or find that it holds it. Raises `LockedError`."""
    _run_lock(store, Claim(store.environment, run, who, reason)).acquire()


def release(store: Store, run: str) -> None:
    """Release the environment's lock, where this run holds it."""
    _run_lock(store, Claim(store.environment, run)).release()


def force_release(store: Store, lock: Lock) -> bool:
    """Remove that very lock, as a person decided; whether it was there still."""
    now = run_lock(store) if lock.kind == "run" else terraform_lock(store)
    if now != lock:
        return False
    store.delete(_run_key(store) if lock.kind == "run" else _terraform_key(store))
    return True


def locked(store: Store, held: Lock) -> LockedError:
    """The error that says who holds the lock."""
    run = f"run {quoted(held.id, 250)} of {held.holder}"
    by = run if held.kind == "run" else f"Terraform of {held.holder}"
    return policy.locked(
        store.environment, by, policy.since(held.since, held.operation, datetime.now(UTC))
    )


def _run_lock(store: Store, claim: Claim) -> RunLock:
    return RunLock(_run_store(store), claim)


def _run_store(store: Store) -> ObjectStore:
    key = _run_key(store)
    return ObjectStore(store, key, _url(store, key))


def _run_key(store: Store) -> str:
    return f"{store.folder}/run.lock"


def _terraform_key(store: Store) -> str:
    return f"{store.state}.tflock"


def _time(text: str) -> datetime:
    """Go writes nanoseconds, which Python does not read."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{(fraction + '000000')[:6]}+00:00")


def _url(store: Store, key: str) -> str:
    return f"s3://{store.bucket}/{key}"
