"""A lock as an object, in a bucket that is a dictionary."""

from __future__ import annotations

import json

import pytest

from fieldday.errors import Permanent
from fieldday.locks.policy import Claim, LockedError
from fieldday.locks.run_lock import RunLock
from fieldday.locks.s3 import ObjectStore


class Bucket:
    """As much of a bucket as locks need; `lost` answers of `put` get lost."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.lost = 0

    def get(self, key: str) -> bytes | None:
        return self.content.get(key)

    def put(self, key: str, content: bytes, *, only_new: bool = False) -> bool:
        if only_new and key in self.content:
            return False
        self.content[key] = content
        self.lost -= 1
        # The client then tries again, and finds what it has put.
        return self.lost < 0

    def delete(self, key: str) -> None:
        self.content.pop(key, None)


def lock(bucket: Bucket, holder: str = "run-1") -> RunLock:
    store = ObjectStore(bucket, "run.lock", "s3://bucket/run.lock")
    return RunLock(store, Claim("staging", holder, "ann", "why"))


def test_one_has_it_until_it_is_released() -> None:
    bucket = Bucket()
    lock(bucket).acquire()
    before = dict(bucket.content)
    lock(bucket).acquire()
    with pytest.raises(LockedError, match="staging: run 'run-1' of ann holds the lock since"):
        lock(bucket, "run-2").acquire()
    lock(bucket, "run-2").release()
    assert bucket.content == before
    lock(bucket).release()
    assert bucket.content == {}
    lock(bucket, "run-2").acquire()


def test_an_answer_that_got_lost_is_no_other_run() -> None:
    bucket = Bucket()
    bucket.lost = 1
    lock(bucket).acquire()
    assert json.loads(bucket.content["run.lock"])["id"] == "run-1"


def test_of_two_at_once_one_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    lock(bucket).acquire()
    kept = bucket.content["run.lock"]
    answers = iter([None, kept])
    monkeypatch.setattr(bucket, "get", lambda _: next(answers))
    with pytest.raises(LockedError, match="another run acquired the lock just now"):
        lock(bucket, "run-2").acquire()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"since": 1}'])
def test_what_is_no_lock_is_for_a_person(content: bytes) -> None:
    bucket = Bucket()
    bucket.content["run.lock"] = content
    with pytest.raises(Permanent, match=r"s3://bucket/run.lock: is not a lock\. Look at it"):
        lock(bucket).acquire()
    assert bucket.content["run.lock"] == content
