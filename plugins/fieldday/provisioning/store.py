"""The state bucket: Terraform's states, plan files, locks and journals, by environment.

<root>/<environment>/terraform.tfstate        the state, and its `.tflock` while it is locked
<root>/<environment>/run.lock                 the run that has the environment
<root>/<environment>/journals/<run>.json      what an apply has begun and done
plans/<environment>/<sha256>.tfplan           plan files; they hold secrets
plans/<environment>/<sha256>/<path>           what such a plan made in the root for its apply

The root's `environments/<environment>.s3.tfbackend` says where the state is; the rest is beside it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldday.errors import Permanent, Retryable, quoted
from fieldday.provisioning.root_module import default_state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = ("NoSuchKey", "404", "NotFound")
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_REFUSED = (
    *("AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    *("ExpiredToken", "InvalidToken", "KMS.DisabledException", "KMS.NotFoundException"),
)


@dataclass(frozen=True)
class Store:
    """One environment's part of the state bucket."""

    s3: S3Client
    bucket: str
    environment: str
    kms_key: str | None = None
    """Encrypts what is put here; none: as the bucket says."""
    state_key: str = ""
    """Of the state; '': `<environment>/terraform.tfstate`."""

    @property
    def state(self) -> str:
        """The key of the state."""
        return self.state_key or default_state_key(self.environment)

    @property
    def folder(self) -> str:
        """Where the environment's other objects are, without a slash at the end."""
        return self.state.rpartition("/")[0]

    def get(self, key: str) -> bytes | None:
        """An object's content; none where there is none."""
        with self._translated(key):
            try:
                return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except Exception as e:
                if _code(e) in _ABSENT:
                    return None
                raise

    def put(self, key: str, content: bytes, *, only_new: bool = False) -> bool:
        """Store an object; whether it was. With `only_new`, not where there is one."""
        more: dict[str, Any] = {"ServerSideEncryption": "aws:kms"}
        if self.kms_key:
            more["SSEKMSKeyId"] = self.kms_key
        if only_new:
            more["IfNoneMatch"] = "*"
        with self._translated(key):
            try:
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, **more)
            except Exception as e:
                if only_new and _code(e) in _TAKEN:
                    return False
                raise
        return True

    def delete(self, key: str) -> None:
        """Remove an object, where it is there."""
        with self._translated(key):
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so."""
        with self._translated(prefix):
            pages = self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            return [item["Key"] for page in pages for item in page.get("Contents", ())]

    @contextlib.contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        where = f"s3://{self.bucket}/{key}"
        try:
            yield
        except Exception as e:
            code, said = _code(e), quoted(str(e), 200)
            if code == "NoSuchBucket":
                msg = f"{self.bucket}: there is no such bucket. Make it with terraform/bootstrap."
                raise Permanent(msg) from e
            if code in _REFUSED:
                msg = f"{where}: S3 refuses ({said}). Mend the rights of aws_default."
                raise Permanent(msg) from e
            if type(e).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
                msg = f"{where}: there are no AWS credentials. Set aws_default."
                raise Permanent(msg) from e
            msg = f"{where}: S3 can't be asked ({said}). Is it up?"
            raise Retryable(msg, delay=10) from e


def _code(error: Exception) -> str:
    """The code that AWS gave; '' where it gave none."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
