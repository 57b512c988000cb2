"""The locks of a release set: of each of its services, from the first change to the last.

They are held for as long as the run may take until it renews them: while it works, between two
changes; while it waits for an analysis result, for that wait. A run that is killed keeps them for
that long, so that its next attempt finds the services as it left them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldday.errors import FieldDayError, Retryable
from fieldday.locks.policy import LockedError
from fieldday.locks.run_lock import RunLock
from fieldday.releases.cluster import Cluster
from fieldday.releases.readiness import Readiness
from fieldday.releases.rollout import Analysis, Heal, RolloutPlan, Uninstall, Upgrade
from fieldday.releases.state import State

# Longer than one change by Helm and what is read after it (five calls of at most 80 s), and than
# Airflow takes to notice that a worker was killed (300 s) and to try again.
_WORK_SECONDS = 420.0


@dataclass(frozen=True)
class LockedSet:
    """A cluster for a `Driver`, which changes a service only while the run holds its lock."""

    cluster: Cluster
    plans: Mapping[str, RolloutPlan]
    """By service."""

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Acquire the locks, for work that renews them by its changes. Raises `LockedError`.

        They stay acquired, unless the work fails for good and the run has changed nothing.
        """
        self._acquire()
        try:
            yield
        except Retryable:
            raise
        except Exception:
            if not self._has_begun():
                self.release()
            raise

    def renew(self, seconds: float) -> None:
        """Let the locks expire `seconds` from now. Raises `LostError`."""
        for lock in self._locks().values():
            lock.renew(seconds)

    def release(self) -> None:
        """Release the locks."""
        for lock in self._locks().values():
            lock.release()

    def read(self, service: str, run: str) -> State:
        """The service's state, as the run sees it."""
        return self.cluster.read(service, run)

    def readiness(self, service: str, analysis: Analysis) -> Readiness:
        """Whether the track that is to be analyzed is ready now."""
        return self.cluster.readiness(service, analysis)

    def do(self, service: str, step: Upgrade | Heal | Uninstall) -> str:
        """Do one step. Raises `LostError`: another run may have changed the service."""
        locks = self._locks()
        locks.pop(service).renew(_WORK_SECONDS)
        done = self.cluster.do(service, step)
        for lock in locks.values():
            # They wait for their turn. One that was lost says so then.
            with contextlib.suppress(FieldDayError):
                lock.renew(_WORK_SECONDS)
        return done

    def _acquire(self) -> None:
        acquired: list[RunLock] = []
        try:
            for lock in self._locks().values():
                if lock.acquire(_WORK_SECONDS):
                    acquired.append(lock)
        except LockedError:
            # What was held before guards what the run has begun.
            for lock in acquired:
                lock.release()
            raise

    def _locks(self) -> dict[str, RunLock]:
        """In one order for all runs, so that no two wait for each other."""
        return {name: self.cluster.lock(name, self.plans[name].run) for name in sorted(self.plans)}

    def _has_begun(self) -> bool:
        """Whether the run has changed anything, or may have: as far as the cluster tells."""
        try:
            states = [self.cluster.helm.read(name, plan.run) for name, plan in self.plans.items()]
        except FieldDayError:
            return True
        return any(state.started or state.broken for state in states)
