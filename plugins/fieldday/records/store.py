"""Storing a record: in the reports bucket with its index, and as a copy in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fieldday.aws import Bucket
from fieldday.errors import Retryable
from fieldday.records import index
from fieldday.records.base import Record

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


_JSON = {"ContentType": "application/json"}


def store(record: Record, s3: S3Client, bucket: str, folder: Path | None) -> str:
    """Write the record to the bucket, and a copy below `folder`. Returns its address.

    The copy is written first, so that there is one when S3 is unreachable; the index last, so that
    it names only what is there. Raises `Retryable` when the copy can't be written, and what
    `Bucket` raises.
    """
    # The index last: a dictionary keeps its order.
    texts = {record.key: record.to_json(), **index.entries(record)}
    try:
        if folder is not None:
            for key, text in texts.items():
                _write(folder / key, text)
    except OSError as e:
        msg = f"{folder}: can't be written ({e.strerror}). Free space or fix its permissions."
        raise Retryable(msg) from e
    place = Bucket(s3, bucket)
    for key, text in texts.items():
        place.put(key, text.encode(), options=_JSON)
    return place.address(record.key)


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
