from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldday.kubernetes.client import Client
from fieldday.locks.lease import Lock, LockedError
from tests.unit.fieldday.kubernetes.api_model import FakeApi, client


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def lock(api: FakeApi, holder: str = "run-1") -> Lock:
    return Lock(client(api), "api", holder)


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
    with pytest.raises(LockedError, match="api: run 'run-1' is releasing it, until") as caught:
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
