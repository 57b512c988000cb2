"""Evidence: one record of what was asked, done, found and decided.

`Evidence` is that of a release; other pipelines have records of their own, stored in the same way.

It is written once a run, under a key made of the run's id, so writing it again replaces it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from fieldday.errors import Retryable

SCHEMA_VERSION = 1
"""Rises when a field changes its meaning or goes; a new field does not raise it."""

Outcome = Literal["promoted", "rolled_back", "rejected", "unanswered", "refused", "failed"]
"""promoted: production runs the target. rolled_back: it was changed, and is as before.
rejected, unanswered: nobody approved, production was not touched. refused: the request was
wrong. failed: it ended before production was touched, or `reason` says what is left."""

Part = Mapping[str, Any]


class S3(Protocol):
    """What is needed of an S3 client; boto3's is one."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any:  # noqa: N803
        """Store an object."""


class Record(Protocol):
    """What can be stored as evidence."""

    @property
    def key(self) -> str:
        """The object's key in the bucket, and the file's path below the reports folder."""

    def to_json(self) -> str:
        """Indented JSON with a newline at the end."""


@dataclass(frozen=True)
class Evidence:
    """One release."""

    run: str
    """The orchestrator's id of the run."""
    outcome: Outcome
    reason: str
    """Why it ended so, in words."""
    started: str
    """RFC 3339, in UTC."""
    ended: str
    requested_by: str | None
    request: Part
    """What was asked for: the form's values."""
    plan: Part = field(default_factory=dict)
    """What was to change: services with the versions from and to."""
    checks: Part = field(default_factory=dict)
    """Lint and unit tests."""
    images: Part = field(default_factory=dict)
    """By service: repository, tag, digest."""
    scan: Part = field(default_factory=dict)
    """By scanner: clean, findings, or not scanned and why."""
    staging: Part = field(default_factory=dict)
    """The deployment to staging and the end-to-end tests there."""
    approval: Part = field(default_factory=dict)
    """Who decided, when, and what."""
    rollout: Part = field(default_factory=dict)
    """Each step in production with its time, verdict and figures."""
    verification: Part = field(default_factory=dict)
    """What was asked of production afterwards."""
    rollback: Part = field(default_factory=dict)
    """What was put back, and why."""
    tasks: Part = field(default_factory=dict)
    """By task: its state."""
    schema_version: int = SCHEMA_VERSION

    @property
    def key(self) -> str:
        """The object's key in the bucket, and the file's path below the reports folder."""
        return f"releases/{file_name(self.run)}.json"

    def to_json(self) -> str:
        """Indented JSON with a newline at the end."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, default=str) + "\n"


def file_name(run: str) -> str:
    """A run's id as part of a file's name."""
    return re.sub(r"[^0-9A-Za-z._:+=@-]", "-", run).lstrip(".")


def store(evidence: Record, s3: S3, bucket: str, folder: Path | None) -> str:
    """Write the record to the bucket, and a copy below `folder`. Returns its address.

    The copy is written first, so that there is one when S3 can't be reached. Raises `Retryable`
    when either can't be written.
    """
    text = evidence.to_json()
    try:
        if folder is not None:
            _write(folder / evidence.key, text)
    except OSError as e:
        msg = f"{folder}: can't be written ({e.strerror}). Make room or mend its rights."
        raise Retryable(msg) from e
    try:
        s3.put_object(
            Bucket=bucket,
            Key=evidence.key,
            Body=text.encode(),
            ContentType="application/json",
        )
    except Exception as e:
        msg = (
            f"s3://{bucket}/{evidence.key}: can't be written ({type(e).__name__}: {str(e)[:300]}). "
        )
        raise Retryable(msg + "Is the bucket there, and S3 up?") from e
    return f"s3://{bucket}/{evidence.key}"


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
