from __future__ import annotations

from pathlib import Path

import pytest

from fieldday.kubernetes.client import Client
from fieldday.releases.cluster import Cluster
from fieldday.releases.helm import Helm, Revision
from fieldday.releases.rollout import Analysis, Heal, RolloutPlan, Uninstall, Upgrade
from fieldday.releases.state import Phase, Record, State, Version
from tests.unit.fieldday.kubernetes.api_model import FakeApi, client


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def in_cluster(api: FakeApi, environment: str) -> Cluster:
    return Cluster(Helm(Path("helm"), environment), client(api, environment))


def test_a_cluster_reads_and_does(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = in_cluster(api, "staging")
    assert cluster.environment == "staging"
    monkeypatch.setattr(Helm, "read", lambda *_: State(stable=Version("1")))
    assert cluster.read("api", "run").stable_replicas == 1
    api.things["fieldday-api"] = {"spec": {"replicas": 3}}
    assert cluster.read("api", "run").stable_replicas == 3
    monkeypatch.setattr(Helm, "read", lambda *_: State())
    assert cluster.read("api", "run") == State()
    analysis = Analysis("stable", Version("1"), traffic=False)
    monkeypatch.setattr(Client, "workload", lambda *_: [])
    assert "no Deployment" in cluster.readiness("api", analysis).reason
    assert cluster.lock("api", "run").claim.holder == "run"


def test_a_cluster_says_what_it_did(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = in_cluster(api, "production")
    done: list[str] = []
    monkeypatch.setattr(Helm, "apply", lambda *given: done.append(given[1]))
    monkeypatch.setattr(Helm, "heal", lambda *_: "back to revision 3")
    monkeypatch.setattr(Helm, "uninstall", lambda *given: done.append(given[2]))
    record = Record(Phase.ROLL, "run", "1 to 2")
    assert cluster.do("api", Upgrade(record, Version("2"))) == "roll: 1 to 2"
    assert cluster.do("api", Heal()) == "healed: back to revision 3"
    assert cluster.do("api", Uninstall(record)) == "uninstalled: 1 to 2"
    assert done == ["api", "roll: 1 to 2 [run]"]


def test_a_cluster_remembers_what_a_run_did(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = in_cluster(api, "production")
    mine, other = (str(Record(Phase.ROLL, run, "1 to 2")) for run in ("run-1", "run-2"))
    history = (
        Revision(1, "2026-11-24T08:30:39Z", "superseded", "0", "Install complete"),
        Revision(2, "2026-11-24T08:30:40.94982411Z", "superseded", "0", mine),
        Revision(3, "2026-11-24T08:30:41Z", "failed", "0", mine),
        Revision(4, "2026-11-24T08:30:42Z", "deployed", "0", other),
    )
    monkeypatch.setattr(Helm, "history", lambda *_: history)
    events = cluster.past({"api": RolloutPlan("run-1", "rolling", Version("2"))})
    assert [event.to_dict() for event in events] == [
        {
            "time": "2026-11-24T08:30:40.949+00:00",
            "service": "api",
            "text": "roll: 1 to 2",
            "phase": "roll",
        }
    ]
