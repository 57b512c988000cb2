from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldday.errors import Retryable
from fieldday.kubernetes import kubectl as module
from fieldday.kubernetes.kubectl import ConflictError, Kubectl
from fieldday.locks.lease import Lock, LockedError
from fieldday.processes import CommandFailed
from fieldday.releases.cluster import Cluster
from fieldday.releases.helm import Helm, Revision
from fieldday.releases.rollout import Change, Heal, Judge, Plan, Uninstall
from fieldday.releases.state import Phase, Record, State, Version
from fieldday.settings import Settings
from tests.unit.fieldday.kubernetes.api_model import FakeApi


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    api = FakeApi()
    monkeypatch.setattr(module, "run", api.run)
    return api


def lock(holder: str = "run-1") -> Lock:
    return Lock(Kubectl("production"), "api", holder)


def spec(api: FakeApi) -> dict[str, Any]:
    found: dict[str, Any] = api.things["fieldday-release-api"]["spec"]
    return found


def test_is_taken_and_renewed(api: FakeApi) -> None:
    lock().acquire(60)
    first = dict(spec(api))
    lock().acquire(90)
    assert spec(api)["acquireTime"] == first["acquireTime"]
    assert spec(api)["leaseDurationSeconds"] == 90
    assert spec(api)["leaseTransitions"] == 1


def test_keeps_another_run_out_and_says_which(api: FakeApi) -> None:
    lock().acquire(60)
    with pytest.raises(LockedError, match="api: run 'run-1' is releasing it, until") as caught:
        lock("run-2").acquire(60)
    assert 0 < caught.value.delay <= 60


def test_is_free_after_its_release(api: FakeApi) -> None:
    lock().acquire(60)
    lock("run-2").release()
    with pytest.raises(LockedError):
        lock("run-2").acquire(60)
    lock().release()
    lock("run-2").acquire(60)
    assert spec(api)["holderIdentity"] == "run-2"
    assert spec(api)["leaseTransitions"] == 2


def test_one_of_a_dead_run_is_taken_over(api: FakeApi) -> None:
    lock().acquire(60)
    past = datetime.now(UTC) - timedelta(seconds=61)
    spec(api)["renewTime"] = past.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lock("run-2").acquire(60)
    assert spec(api)["holderIdentity"] == "run-2"


@pytest.mark.parametrize("renewed", [None, "yesterday"])
def test_one_that_says_no_time_is_taken_over(api: FakeApi, renewed: str | None) -> None:
    lock().acquire(60)
    spec(api)["renewTime"] = renewed
    lock("run-2").acquire(60)


def test_of_two_at_once_one_gets_it(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    lock().acquire(60)
    stale = json.loads(json.dumps(api.things["fieldday-release-api"]))
    lock().release()
    monkeypatch.setattr(Kubectl, "get", lambda *_: stale)
    with pytest.raises(LockedError, match="just now"):
        lock("run-1").acquire(60)
    lock("run-1").release()


def test_releasing_what_is_not_there(api: FakeApi) -> None:
    lock().release()


def test_a_workload_is_deployments_and_pods(api: FakeApi) -> None:
    assert Kubectl("production").workload("api") == [{"kind": "Pod"}]
    assert "app.kubernetes.io/instance=fieldday-api" in api.argv


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Error from server (NotFound): no", ConflictError),
        ("Error from server (Forbidden): no", CommandFailed),
        ("error: unknown flag", CommandFailed),
        ("The connection to the server was refused", Retryable),
    ],
)
def test_errors_are_told_apart(api: FakeApi, said: str, kind: type[Exception]) -> None:
    api.error = said
    with pytest.raises(kind):
        Kubectl("production").get("lease", "x")


def test_a_cluster_reads_and_does(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster.of(Settings.from_env({}), "staging", {"KUBECONFIG": "/k"})
    assert cluster.environment == "staging"
    monkeypatch.setattr(Helm, "read", lambda *_: State(stable=Version("1")))
    assert cluster.read("api", "run").stable_replicas == 1
    api.things["fieldday-api"] = {"spec": {"replicas": 3}}
    assert cluster.read("api", "run").stable_replicas == 3
    monkeypatch.setattr(Helm, "read", lambda *_: State())
    assert cluster.read("api", "run") == State()
    judge = Judge("stable", Version("1"), traffic=False)
    monkeypatch.setattr(Kubectl, "workload", lambda *_: [])
    assert "no Deployment" in cluster.readiness("api", judge).reason
    assert cluster.lock("api", "run").holder == "run"


def test_a_cluster_says_what_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster.of(Settings.from_env({}), "production", {})
    done: list[str] = []
    monkeypatch.setattr(Helm, "apply", lambda *given: done.append(given[1]))
    monkeypatch.setattr(Helm, "heal", lambda *_: "back to revision 3")
    monkeypatch.setattr(Helm, "uninstall", lambda *given: done.append(given[2]))
    record = Record(Phase.ROLL, "run", "1 to 2")
    assert cluster.do("api", Change(record, Version("2"))) == "roll: 1 to 2"
    assert cluster.do("api", Heal()) == "healed: back to revision 3"
    assert cluster.do("api", Uninstall(record)) == "uninstalled: 1 to 2"
    assert done == ["api", "roll: 1 to 2 [run]"]


def test_a_cluster_remembers_what_a_run_did(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster.of(Settings.from_env({}), "production", {})
    mine, other = (str(Record(Phase.ROLL, run, "1 to 2")) for run in ("run-1", "run-2"))
    history = (
        Revision(1, "2026-11-24T08:30:39Z", "superseded", "0", "Install complete"),
        Revision(2, "2026-11-24T08:30:40.94982411Z", "superseded", "0", mine),
        Revision(3, "2026-11-24T08:30:41Z", "failed", "0", mine),
        Revision(4, "2026-11-24T08:30:42Z", "deployed", "0", other),
    )
    monkeypatch.setattr(Helm, "history", lambda *_: history)
    events = cluster.past({"api": Plan("run-1", "rolling", Version("2"))})
    assert [event.to_dict() for event in events] == [
        {
            "time": "2026-11-24T08:30:40.949+00:00",
            "service": "api",
            "text": "roll: 1 to 2",
            "phase": "roll",
        }
    ]
