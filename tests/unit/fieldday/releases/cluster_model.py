"""A model of one service in a cluster, for tests: what Helm and Kubernetes would have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fieldday.releases.rollout import Heal, Step, Uninstall, Upgrade
from fieldday.releases.state import Phase, Record, State, Version


@dataclass
class Revision:
    """What Helm keeps of one upgrade."""

    stable: Version | None
    candidate: Version | None = None
    candidate_replicas: int = 0
    weight: int = 0
    record: Record | None = None
    deployed: bool = True


@dataclass
class Cluster:
    """One service as Helm and Kubernetes would have it."""

    history: list[Revision] = field(default_factory=list)
    stable_replicas: int = 2

    @property
    def now(self) -> Revision:
        return self.history[-1] if self.history else Revision(None)

    def read(self, run: str) -> State:
        good = [r for r in self.history if r.deployed]
        first = next((i for i, r in enumerate(good) if r.record and r.record.run == run), None)
        now = self.now
        return State(
            broken=not now.deployed,
            stable=now.stable,
            stable_replicas=self.stable_replicas,
            candidate=now.candidate,
            candidate_replicas=now.candidate_replicas,
            weight=now.weight,
            record=now.record,
            started=first is not None,
            first=first is not None and good[first].record.phase is Phase.INSTALL,  # type: ignore[union-attr]
            previous=good[first - 1].stable if first else None,
        )

    def do(self, step: Step, *, cut_off: bool = False) -> None:
        match step:
            case Upgrade():
                revision = Revision(
                    step.stable, step.candidate, step.candidate_replicas, step.weight, step.record
                )
                if cut_off:
                    revision = replace(revision, record=None, deployed=False)
                self.history.append(revision)
            case Uninstall():
                self.history.append(Revision(None, record=step.record))
            case Heal():
                last = next((r for r in reversed(self.history) if r.deployed), None)
                self.history.append(replace(last) if last else Revision(None))
