"""One environment's cluster, as a rollout sees it and changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fieldday.kubernetes.client import Client
from fieldday.locks.lease import LeaseStore
from fieldday.locks.policy import Claim
from fieldday.locks.run_lock import RunLock
from fieldday.releases.helm import Helm
from fieldday.releases.readiness import Readiness, assess
from fieldday.releases.release_set import Event
from fieldday.releases.rollout import Analysis, Heal, RolloutPlan, Uninstall, Upgrade
from fieldday.releases.state import Record, State


@dataclass(frozen=True)
class Cluster:
    """Helm and a client of the API server, both on one namespace of the same cluster."""

    helm: Helm
    client: Client

    @property
    def environment(self) -> str:
        """The name of the environment and of its namespace."""
        return self.client.namespace

    def read(self, service: str, run: str) -> State:
        """The service's state, as the run sees it."""
        state = self.helm.read(service, run)
        if state.stable is None:
            return state
        return replace(state, stable_replicas=self._stable_replicas(service))

    def readiness(self, service: str, analysis: Analysis) -> Readiness:
        """Whether the track that is to be analyzed is ready now."""
        return assess(self.client.workload(service), analysis.track, analysis.version.tag)

    def do(self, service: str, step: Upgrade | Heal | Uninstall) -> str:
        """Do one step. Returns what was done, in words."""
        match step:
            case Upgrade():
                self.helm.apply(service, step)
                return f"{step.record.phase}: {step.record.text}"
            case Heal():
                return f"healed: {self.helm.heal(service)}"
            case Uninstall():
                self.helm.uninstall(service, str(step.record))
                return f"uninstalled: {step.record.text}"

    def past(self, plans: Mapping[str, RolloutPlan]) -> list[Event]:
        """What the runs of these plans have changed until now, oldest first."""
        events = []
        for service, plan in plans.items():
            for revision in self.helm.history(service):
                record = Record.parse(revision.description)
                if record is None or record.run != plan.run or not revision.finished:
                    continue
                time = datetime.fromisoformat(revision.updated).isoformat(timespec="milliseconds")
                text = f"{record.phase}: {record.text}"
                events.append(Event(time, service, text, str(record.phase)))
        return sorted(events, key=lambda event: event.time)

    def lock(self, service: str, run: str) -> RunLock:
        """The lock of the service's release in this environment."""
        return RunLock(LeaseStore(self.client, f"fieldday-release-{service}"), Claim(service, run))

    def _stable_replicas(self, service: str) -> int:
        """As the autoscaler, or whoever else, wants it now."""
        deployment = self.client.get("Deployment", f"fieldday-{service}")
        return int(deployment["spec"].get("replicas", 1)) if deployment else 1
