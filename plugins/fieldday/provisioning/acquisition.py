"""Acquiring an environment for a run, and releasing it: which locks are live, which were left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fieldday.errors import Permanent, quoted
from fieldday.json_data import JsonData
from fieldday.processes import is_running
from fieldday.provisioning import journal, locks
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.journal import Journal
from fieldday.provisioning.locks import Lock
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.store import Store

_LIVE = ("queued", "running")
_SETTLED_SECONDS = 60
"""A lock of Terraform's that is younger belongs to one that plans, most probably."""


@dataclass(frozen=True)
class LeftLock(JsonData):
    """A lock that nobody seems to hold any more: a person decides."""

    lock: Lock
    known: str
    """What is known of its holder, in words."""


@dataclass(frozen=True)
class Acquisition(JsonData):
    """What a run asked for, and the locks in its way; without any, the environment is its own."""

    request: ProvisionRequest
    left: tuple[LeftLock, ...] = ()


@dataclass(frozen=True)
class Triage:
    """The locks of an environment, told apart."""

    live: Lock | None
    """One of somebody who is at work."""
    left: tuple[LeftLock, ...]


def triage(
    run: str,
    held: Sequence[Lock],
    states: Mapping[str, str],
    unfinished: Sequence[Journal],
    now: datetime,
) -> Triage:
    """Tell apart the locks that `held` lists, as seen by `run`.

    `states` is the state of each other run that holds one, in the orchestrator's words;
    `unfinished` are the journals of applies that did not complete, the oldest first.
    """
    left: list[LeftLock] = []
    for lock in held:
        if lock.kind == "run":
            if lock.id == run:
                continue
            state = states.get(lock.id, "not known to Airflow")
            if state in _LIVE:
                return Triage(lock, ())
            left.append(LeftLock(lock, f"the run is {state}"))
        elif (now - lock.since).total_seconds() < _SETTLED_SECONDS:
            return Triage(lock, ())
        else:
            left.append(LeftLock(lock, _known_of(lock, unfinished)))
    return Triage(None, tuple(left))


def acquire(
    store: Store, request: ProvisionRequest, run: str, who: str, state_of: Callable[[str], str]
) -> Acquisition:
    """Acquire the environment, unless a lock was left on it.

    `state_of` returns the state of a run. Raises `LockedError`: somebody is at work.
    """
    found = [lock for lock in (locks.run_lock(store), locks.terraform_lock(store)) if lock]
    others = [lock.id for lock in found if lock.kind == "run" and lock.id != run]
    unfinished = journal.unsettled(store) if found else []
    states = {name: state_of(name) for name in others}
    seen = triage(run, found, states, unfinished, datetime.now(UTC))
    if seen.live is not None:
        raise locks.locked(store, seen.live)
    if not seen.left:
        locks.acquire(store, run, who, request.reason)
    return Acquisition(request, seen.left)


def check_held(store: Store, run: str) -> None:
    """Raise `Permanent` unless this run holds the environment's lock.

    Asked before planning and before applying: what tasks left, and their states, prove nothing.
    """
    held = locks.run_lock(store)
    if held is None or held.id != run:
        by = f"run {quoted(held.id, 250)} holds it" if held else "nobody holds it"
        msg = f"{store.environment}: this run has not acquired the lock: {by}. Provision again."
        raise Permanent(msg)


def acquire_released(store: Store, acquisition: Acquisition, run: str, who: str) -> None:
    """Release the locks that a person saw, and no others, and acquire the environment's lock.

    Raises `LockedError`: another run has acquired it meanwhile.
    """
    for left in acquisition.left:
        locks.force_release(store, left.lock)
    locks.acquire(store, run, who, acquisition.request.reason)


def release(environment: Environment, run: str, plan: ProvisionPlan | None) -> None:
    """Release the environment, and remove the plan's files and the workspace: they hold secrets."""
    if plan is not None and (plan.run, plan.environment) == (run, environment.name):
        for key in plan.file.keys:
            environment.store.delete(key)
    workspace = environment.workspace
    # A Terraform that outlived its worker writes there, and a state may be left to be stored.
    if not is_running(workspace.output) and not workspace.errored_state.exists():
        workspace.remove()
    locks.release(environment.store, run)


def _known_of(lock: Lock, unfinished: Sequence[Journal]) -> str:
    """Whether an apply that was interrupted has left Terraform's lock."""
    for found in reversed(unfinished):
        if not found.ended and found.updated[:19] >= lock.since.isoformat()[:19]:
            return f"an apply was interrupted under it: {found.text}"
    return "nothing is known of it"
