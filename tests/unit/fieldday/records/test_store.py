from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Retryable
from fieldday.records.store import store
from fieldday.releases.record import ReleaseRecord

RUN = "manual__2026-11-24T08:14:11.123+00:00"


def evidence(run: str = RUN) -> ReleaseRecord:
    return ReleaseRecord(
        run=run,
        outcome="promoted",
        reason="every step was judged good",
        started="2026-11-24T08:14:11Z",
        ended="2026-11-24T08:16:11Z",
        requested_by="operator",
        request={"services": ["api"]},
    )


class Bucket:
    """S3, as much of it as is needed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.error = error

    def records(self) -> list[str]:
        """The keys of what is no index."""
        return [key for _, key in self.objects if not key.startswith("index/")]

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any:  # noqa: N803
        if self.error:
            raise self.error
        assert ContentType == "application/json"
        self.objects[Bucket, Key] = Body


def test_is_stored_once_and_copied(tmp_path: Path) -> None:
    s3 = Bucket()
    for _ in range(2):
        address = store(evidence(), s3, "reports", tmp_path)
    assert address == f"s3://reports/releases/{RUN}.json"
    assert s3.records() == [f"releases/{RUN}.json"]
    copy = tmp_path / "releases" / f"{RUN}.json"
    assert copy.read_bytes() == s3.objects["reports", f"releases/{RUN}.json"]
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    record = json.loads(copy.read_text())
    assert record["schema_version"] == 2
    assert record["outcome"] == "promoted"


def test_a_release_s_record_reads_as_it_always_did() -> None:
    assert list(json.loads(evidence().to_json())) == [
        *("run", "outcome", "reason", "started", "ended", "requested_by", "request", "plan"),
        *("checks", "images", "scan", "staging", "approval", "rollout", "verification"),
        *("rollback", "tasks", "schema_version"),
    ]


def test_without_a_folder_there_is_no_copy() -> None:
    s3 = Bucket()
    store(evidence(), s3, "reports", None)
    assert len(s3.records()) == 1


def test_a_run_id_can_not_leave_the_folder() -> None:
    assert evidence("../../etc/passwd").key == "releases/-..-etc-passwd.json"


def test_s3_being_away_leaves_the_copy(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match=r"s3://reports/.*can't be written \(OSError: away\)"):
        store(evidence(), Bucket(OSError("away")), "reports", tmp_path)
    assert (tmp_path / "releases" / f"{RUN}.json").is_file()


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "releases").touch()
    with pytest.raises(Retryable, match="can't be written"):
        store(evidence(), Bucket(), "reports", tmp_path)
