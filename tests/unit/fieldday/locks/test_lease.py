from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldday.kubernetes.client import Client
from fieldday.locks.lease import LeaseStore
from fieldday.locks.policy import Claim, LockedError, LostError
from fieldday.locks.run_lock import RunLock
from tests.unit.fieldday.kubernetes.api_model import FakeApi, client


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def lock(api: FakeApi, holder: str = "run-1") -> RunLock:
    return RunLock(LeaseStore(client(api), "fieldday-release-api"), Claim("api", holder))


def spec(api: FakeApi) -> dict[str, Any]:
    found: dict[str, Any] = api.things["fieldday-release-api"]["spec"]
    return found


def test_is_taken_and_renewed(api: FakeApi) -> None:
    lock(api).acquire(60)
    first = dict(spec(api))
    lock(api).acquire(90)
    assert spec(api)["acquireTime"] == first["acquireTime"]
    assert spec(api)["leaseDurationSeconds"] == 90
    assert spec(api)["leaseTransitions"] == 1


def test_keeps_another_run_out_and_says_which(api: FakeApi) -> None:
    lock(api).acquire(60)
    with pytest.raises(LockedError, match="api: run 'run-1' holds the lock until") as caught:
        lock(api, "run-2").acquire(60)
    assert 0 < caught.value.delay <= 60


def test_is_free_after_its_release(api: FakeApi) -> None:
    lock(api).acquire(60)
    lock(api, "run-2").release()
    with pytest.raises(LockedError):
        lock(api, "run-2").acquire(60)
    lock(api).release()
    lock(api, "run-2").acquire(60)
    assert spec(api)["holderIdentity"] == "run-2"
    assert spec(api)["leaseTransitions"] == 2


def test_one_of_a_dead_run_is_taken_over(api: FakeApi) -> None:
    lock(api).acquire(60)
    past = datetime.now(UTC) - timedelta(seconds=61)
    spec(api)["renewTime"] = past.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lock(api, "run-2").acquire(60)
    assert spec(api)["holderIdentity"] == "run-2"


@pytest.mark.parametrize("renewed", [None, "yesterday"])
def test_one_that_says_no_time_is_taken_over(api: FakeApi, renewed: str | None) -> None:
    lock(api).acquire(60)
    spec(api)["renewTime"] = renewed
    lock(api, "run-2").acquire(60)


def test_of_two_at_once_one_gets_it(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(api).acquire(60)
    stale = json.loads(json.dumps(api.things["fieldday-release-api"]))
    lock(api).release()
    monkeypatch.setattr(Client, "get", lambda *_: stale)
    with pytest.raises(LockedError, match="just now"):
        lock(api, "run-1").acquire(60)
    lock(api, "run-1").release()


def test_releasing_what_is_not_there(api: FakeApi) -> None:
    lock(api).release()


def test_its_holder_alone_renews_it(api: FakeApi) -> None:
    lock(api).acquire(60)
    lock(api).renew(90)
    assert spec(api)["leaseDurationSeconds"] == 90
    with pytest.raises(LostError, match="api: its lock was lost, run 'run-1' holds it"):
        lock(api, "run-2").renew(90)
    assert spec(api)["holderIdentity"] == "run-1"


def test_one_that_expired_is_renewed_while_nobody_took_it_over(api: FakeApi) -> None:
    lock(api).acquire(60)
    spec(api)["renewTime"] = "2026-01-01T00:00:00.000000Z"
    lock(api).renew(60)
    with pytest.raises(LockedError):
        lock(api, "run-2").acquire(60)


def test_one_that_was_released_or_deleted_is_lost(api: FakeApi) -> None:
    lock(api).acquire(60)
    lock(api).release()
    with pytest.raises(LostError, match="nobody holds it"):
        lock(api).renew(60)
    api.things.clear()
    with pytest.raises(LostError, match="nobody holds it"):
        lock(api).renew(60)
    assert api.things == {}


def test_one_that_was_taken_over_is_not_released(api: FakeApi) -> None:
    lock(api).acquire(60)
    spec(api)["renewTime"] = "2026-01-01T00:00:00.000000Z"
    lock(api, "run-2").acquire(60)
    lock(api).release()
    assert spec(api)["holderIdentity"] == "run-2"


def test_what_others_wrote_on_it_stays(api: FakeApi) -> None:
    lock(api).acquire(60)
    api.things["fieldday-release-api"]["metadata"]["labels"] = {"a": "b"}
    lock(api).acquire(60)
    assert api.things["fieldday-release-api"]["metadata"]["labels"] == {"a": "b"}
