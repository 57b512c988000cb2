from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.locks.policy import LockedError
from fieldday.provisioning import locks
from fieldday.provisioning.locks import Lock
from fieldday.provisioning.store import Store
from tests.unit.fieldday.provisioning.conftest import BUCKET
from tests.unit.fieldday.provisioning.s3_model import refusal

TERRAFORM = {
    "ID": "0b8c1c1e",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "ann@laptop",
    "Version": "1.11.4",
    "Created": "2026-11-25T08:03:50.145488123Z",
    "Path": "",
}


def left(store: Store, **changes: Any) -> None:
    key = "staging/terraform.tfstate.tflock"
    store.put(key, json.dumps({**TERRAFORM, **changes}).encode())


def test_one_run_has_an_environment(store: Store) -> None:
    locks.acquire(store, "run-1", "operator", "why")
    locks.acquire(store, "run-1", "operator", "why")
    with pytest.raises(LockedError) as caught:
        locks.acquire(store, "run-2", "ann", "why")
    said = str(caught.value)
    assert said.startswith("staging: run 'run-1' of operator holds the lock since ")
    assert said.endswith("Wait for it, or stop it.")
    assert caught.value.delay > 0


def test_environments_are_apart(store: Store) -> None:
    locks.acquire(store, "run-1", "operator", "why")
    locks.acquire(Store(store.s3, BUCKET, "production"), "run-2", "ann", "why")


def test_it_is_given_back_by_its_run_alone(store: Store) -> None:
    locks.acquire(store, "run-1", "operator", "why")
    locks.release(store, "run-2")
    assert locks.run_lock(store) is not None
    locks.release(store, "run-1")
    assert locks.run_lock(store) is None
    locks.release(store, "run-1")
    locks.acquire(store, "run-2", "ann", "why")


def test_terraform_s_lock_is_read(store: Store) -> None:
    assert locks.terraform_lock(store) is None
    left(store)
    found = locks.terraform_lock(store)
    assert found == Lock(
        "terraform",
        "0b8c1c1e",
        "ann@laptop",
        "OperationTypeApply",
        datetime(2026, 11, 25, 8, 3, 50, 145488, tzinfo=UTC),
    )
    assert Lock.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize("created", ["2026-11-25T08:03:50Z", "2026-11-25T08:03:50.1Z"])
def test_go_s_times_are_read(store: Store, created: str) -> None:
    left(store, Created=created)
    found = locks.terraform_lock(store)
    assert found is not None
    assert found.since.replace(microsecond=0) == datetime(2026, 11, 25, 8, 3, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h")],
)
def test_an_age_is_for_people(seconds: int, said: str) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    lock = Lock("terraform", "1", "a", "b", since)
    assert lock.age(since + timedelta(seconds=seconds)) == said


def test_that_very_lock_is_released_and_no_other(store: Store) -> None:
    left(store)
    approved = locks.terraform_lock(store)
    assert approved is not None
    left(store, ID="another")
    assert locks.force_release(store, approved) is False
    assert locks.terraform_lock(store) is not None
    left(store)
    assert locks.force_release(store, approved) is True
    assert locks.terraform_lock(store) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff"])
def test_what_is_no_lock_is_left_to_a_person(store: Store, content: bytes) -> None:
    store.put("staging/terraform.tfstate.tflock", content)
    store.put("staging/run.lock", content)
    for read in (locks.terraform_lock, locks.run_lock):
        with pytest.raises(Permanent, match=r"is not a lock\. Look at it, and remove it by hand"):
            read(store)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (refusal("AccessDenied"), Permanent, "S3 refuses (.*). Mend the rights of aws_default"),
        (refusal("ExpiredToken"), Permanent, "S3 refuses"),
        (refusal("NoSuchBucket"), Permanent, "no such bucket. Make it with terraform/bootstrap"),
        (NoCredentialsError(), Permanent, "there are no AWS credentials. Set aws_default"),
        (refusal("SlowDown"), Retryable, "S3 can't be asked"),
        (EndpointConnectionError(endpoint_url="http://x"), Retryable, "S3 can't be asked"),
    ],
)
def test_s3_s_errors_are_named(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[FieldDayError],
    said: str,
) -> None:
    def fail(**_: Any) -> Any:
        raise error

    monkeypatch.setattr(store.s3, "get_object", fail)
    monkeypatch.setattr(store.s3, "put_object", fail)
    with pytest.raises(kind, match=said):
        locks.run_lock(store)
    with pytest.raises(kind, match=said):
        locks.acquire(store, "run-1", "operator", "why")


def test_objects_are_encrypted(s3: Any) -> None:
    Store(s3, BUCKET, "staging", "alias/state").put("plans/x", b"secret")
    assert s3.given["plans/x"] == {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "alias/state",
    }
    Store(s3, BUCKET, "staging").put("plans/x", b"secret")
    assert s3.given["plans/x"] == {"ServerSideEncryption": "aws:kms"}


def test_all_of_an_environment_is_beside_its_state(s3: Any) -> None:
    place = Store(s3, BUCKET, "staging", state_key="aws/staging/terraform.tfstate")
    locks.acquire(place, "run-1", "operator", "why")
    assert place.keys("") == ["aws/staging/run.lock"]
    key = "aws/staging/terraform.tfstate.tflock"
    place.put(key, json.dumps(TERRAFORM).encode())
    assert locks.terraform_lock(place) is not None


def test_a_bucket_that_is_not_there(s3: Any) -> None:
    with pytest.raises(Permanent, match="there is no such bucket"):
        Store(s3, "elsewhere", "staging").get("x")


def test_keys_are_those_of_all_pages(store: Store) -> None:
    for number in range(5):
        store.put(f"a/{number}", b"")
    store.put("b/1", b"")
    assert store.keys("a/") == [f"a/{number}" for number in range(5)]
    assert store.keys("c/") == []
