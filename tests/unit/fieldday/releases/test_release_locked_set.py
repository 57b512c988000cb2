"""The locks of a release set, on a model of the API server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.locks.policy import LockedError, LostError
from fieldday.releases.cluster import Cluster
from fieldday.releases.helm import Helm
from fieldday.releases.locked_set import LockedSet
from fieldday.releases.rollout import RolloutPlan, Upgrade
from fieldday.releases.state import Phase, Record, State, Version
from tests.unit.fieldday.kubernetes.api_model import FakeApi, client

NEW = Version("1.1.0")
CHANGE = Upgrade(Record(Phase.ROLL, "run-1", "x"), NEW)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens while Helm changes something, in turn."""
    found: list[Callable[[], object]] = []
    monkeypatch.setattr(Helm, "apply", lambda *_: found.pop(0)())
    return found


def locked(api: FakeApi, run: str = "run-1") -> LockedSet:
    plans = {name: RolloutPlan(run, "rolling", NEW) for name in ("auth", "api")}
    return LockedSet(Cluster(Helm(Path("helm"), "production"), client(api)), plans)


def spec(api: FakeApi, service: str) -> dict[str, Any]:
    found: dict[str, Any] = api.things[f"fieldday-release-{service}"]["spec"]
    return found


def expire(api: FakeApi, *services: str) -> None:
    for service in services:
        spec(api, service)["renewTime"] = "2026-01-01T00:00:00.000000Z"


def holders(api: FakeApi) -> list[str]:
    return [spec(api, name)["holderIdentity"] for name in ("api", "auth")]


def keeps_out(api: FakeApi, service: str) -> bool:
    """Whether another run can't acquire the lock of the service."""
    lock = locked(api).cluster.lock(service, "run-2")
    try:
        lock.acquire(60)
    except LockedError:
        return True
    return False


def test_a_lock_that_ran_out_is_renewed_before_its_service_is_changed(
    api: FakeApi, applied: list[Callable[[], object]]
) -> None:
    kept_out: list[bool] = []
    place = locked(api)
    with place.held():
        expire(api, "api", "auth")
        applied.append(lambda: kept_out.append(keeps_out(api, "api")))
        assert place.do("api", CHANGE) == "roll: x"
    assert kept_out == [True]
    # And those that wait for their turn, for as long.
    assert keeps_out(api, "auth")
    assert spec(api, "api")["leaseDurationSeconds"] == spec(api, "auth")["leaseDurationSeconds"]


def test_a_service_whose_lock_was_lost_is_not_changed(
    api: FakeApi, applied: list[Callable[[], object]]
) -> None:
    place = locked(api)
    with place.held():
        expire(api, "api")
        assert not keeps_out(api, "api")
        with pytest.raises(LostError, match="api: its lock was lost, run 'run-2' holds it"):
            place.do("api", CHANGE)
        # The one whose lock is held has its turn.
        applied.append(lambda: None)
        place.do("auth", CHANGE)
    assert holders(api) == ["run-2", "run-1"]


def test_a_wait_is_as_long_as_it_says(api: FakeApi) -> None:
    place = locked(api)
    with place.held():
        place.renew(900)
    assert [spec(api, name)["leaseDurationSeconds"] for name in ("api", "auth")] == [900, 900]
    expire(api, "auth")
    assert not keeps_out(api, "auth")
    with pytest.raises(LostError):
        place.renew(900)


def fails(api: FakeApi, error: BaseException) -> None:
    def work() -> None:
        with locked(api).held():
            raise error

    with pytest.raises(type(error)):
        work()


@pytest.mark.parametrize("error", [Permanent("no."), FieldDayError("helm."), KeyError("x")])
def test_what_fails_before_it_changed_anything_releases_its_locks(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(Helm, "read", lambda *_: State(stable=Version("1.0.0")))
    fails(api, error)
    assert holders(api) == ["", ""]


@pytest.mark.parametrize("error", [Retryable("away."), KeyboardInterrupt()])
def test_what_is_tried_again_keeps_its_locks(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(Helm, "read", lambda *_: State(stable=Version("1.0.0")))
    fails(api, error)
    assert holders(api) == ["run-1", "run-1"]


@pytest.mark.parametrize("state", [State(started=True), State(broken=True), None])
def test_what_may_have_changed_something_keeps_its_locks(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, state: State | None
) -> None:
    def read(_: Helm, service: str, run: str) -> State:
        assert run == "run-1"
        if state is None:
            raise Retryable("cluster: is unreachable.")
        return state if service == "api" else State()

    monkeypatch.setattr(Helm, "read", read)
    fails(api, Permanent("no."))
    assert holders(api) == ["run-1", "run-1"]


def test_a_set_is_acquired_whole_or_not_at_all(api: FakeApi) -> None:
    assert not keeps_out(api, "auth")
    with pytest.raises(LockedError, match="auth: run 'run-2' holds the lock"), locked(api).held():
        pass
    assert holders(api) == ["", "run-2"]


def test_what_was_held_before_stays_when_another_service_is_taken(api: FakeApi) -> None:
    """The run has begun with `api`, and resumes too late for `auth`."""
    with locked(api).held():
        pass
    expire(api, "auth")
    assert not keeps_out(api, "auth")
    with pytest.raises(LockedError, match="auth: run 'run-2' holds the lock"), locked(api).held():
        pass
    assert holders(api) == ["run-1", "run-2"]
