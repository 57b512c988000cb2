"""The index of records: the last runs of one service or environment, without reading them all.

index/<pipeline>/<subject>/<inverted start>-<run>.json

S3 lists keys in their order only, so the time of a run's start counts backwards: the newest run
is the first. Both parts of the name stay the same when a record is written again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fieldday.aws import Bucket
from fieldday.errors import Permanent
from fieldday.json_data import JsonData
from fieldday.records.base import Record, file_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Milliseconds since 1970, in 13 digits until the year 2286.
_LAST = 10**13 - 1


@dataclass(frozen=True)
class Summary(JsonData):
    """One run in the index."""

    run: str
    outcome: str
    reason: str
    started: str
    """RFC 3339, in UTC; '' where the run never started."""
    ended: str
    requested_by: str | None
    record: str
    """The key of the whole record in the same bucket."""


def entries(record: Record) -> dict[str, str]:
    """By key: the record's summary as JSON, once for each of its subjects."""
    summary = Summary(
        run=record.run,
        outcome=record.outcome,
        reason=record.reason,
        started=record.started,
        ended=record.ended,
        requested_by=record.requested_by,
        record=record.key,
    )
    content = json.dumps(summary.to_dict(), ensure_ascii=False) + "\n"
    name = f"{_inverted(record.started)}-{file_name(record.run)}.json"
    return {f"{_folder(record.pipeline, subject)}{name}": content for subject in record.subjects}


def latest(s3: S3Client, bucket: str, pipeline: str, subject: str, limit: int) -> list[Summary]:
    """The last runs of a pipeline on a subject, at most `limit`, the newest first.

    `pipeline` is the folder of its records, such as `releases`; `subject` a service's or an
    environment's name. Costs one list request for each 1,000 runs, and one small read a run.
    Raises what `Bucket` raises, and `Permanent` for a summary that can't be read.
    """
    place = Bucket(s3, bucket)
    found = []
    for key in place.keys(_folder(pipeline, subject), limit):
        content = place.get(key)
        # Removed since it was listed.
        if content is not None:
            found.append(_read(place.address(key), content))
    return found


def _read(address: str, content: bytes) -> Summary:
    try:
        return Summary.from_dict(json.loads(content))
    except (ValueError, Permanent) as e:
        msg = f"{address}: is not a summary of a record. Remove it; the record is kept elsewhere."
        raise Permanent(msg) from e


def _folder(pipeline: str, subject: str) -> str:
    return f"index/{pipeline}/{file_name(subject)}/"


def _inverted(started: str) -> str:
    """A run that never started comes last."""
    began = int(datetime.fromisoformat(started).timestamp() * 1000) if started else 0
    return f"{_LAST - began:013d}"
