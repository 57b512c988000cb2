"""AWS clients' limits, S3 with its errors translated, and signing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from fieldday.errors import Permanent, Retryable, quoted

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PaginatorConfigTypeDef

# At its level DEBUG all that is signed is written out, session tokens among it.
logging.getLogger("botocore.auth").setLevel(logging.INFO)

CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})
"""Of every client, in seconds. A task's own retries come on top."""

OPTIONAL = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 0})
"""Of a client whose answer only adds something: it is asked once, and given up quickly."""

_ABSENT = ("NoSuchKey", "404", "NotFound")
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
REFUSED = (
    *("AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    *("ExpiredToken", "InvalidToken", "KMS.DisabledException", "KMS.NotFoundException"),
)
"""Codes of AWS's errors that say that credentials or permissions are wrong."""


@dataclass(frozen=True)
class Bucket:
    """One S3 bucket.

    Every method raises `Permanent` where the bucket, the credentials or a permission is missing,
    and `Retryable` for whatever else goes wrong.
    """

    s3: S3Client
    name: str
    where_missing: str = "Create it, or fix the setting that names it."
    """What to do where there is no such bucket."""

    def address(self, key: str) -> str:
        """`s3://<bucket>/<key>`."""
        return f"s3://{self.name}/{key}"

    def get(self, key: str) -> bytes | None:
        """An object's content; none where there is no such object."""
        with self._translated(key, "read"):
            try:
                return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
            except Exception as e:
                if error_code(e) in _ABSENT:
                    return None
                raise

    def put(
        self,
        key: str,
        content: bytes,
        *,
        only_new: bool = False,
        options: Mapping[str, str] | None = None,
    ) -> bool:
        """Store an object; returns whether it did. With `only_new`, an object stays as it is.

        `options` are further arguments of boto3's `put_object`.
        """
        more: dict[str, Any] = dict(options or {})
        if only_new:
            more["IfNoneMatch"] = "*"
        with self._translated(key, "written"):
            try:
                self.s3.put_object(Bucket=self.name, Key=key, Body=content, **more)
            except Exception as e:
                if only_new and error_code(e) in _TAKEN:
                    return False
                raise
        return True

    def delete(self, key: str) -> None:
        """Remove an object; nothing where there is none."""
        with self._translated(key, "removed"):
            self.s3.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str, limit: int | None = None) -> list[str]:
        """The keys that begin with `prefix`, in their order; at most `limit`.

        Costs one request for each 1,000 keys.
        """
        paging: PaginatorConfigTypeDef = {}
        if limit is not None:
            paging = {"MaxItems": limit, "PageSize": min(limit, 1000)}
        with self._translated(prefix, "listed"):
            pages = self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.name,
                Prefix=prefix,
                PaginationConfig=paging,
            )
            return [item["Key"] for page in pages for item in page.get("Contents", ())]

    @contextlib.contextmanager
    def _translated(self, key: str, verb: str) -> Iterator[None]:
        where = self.address(key)
        try:
            yield
        except Exception as e:
            code, said = error_code(e), quoted(str(e), 200)
            if code == "NoSuchBucket":
                msg = f"{self.name}: there is no such bucket. {self.where_missing}"
                raise Permanent(msg) from e
            if code in REFUSED:
                msg = f"{where}: S3 refuses ({said}). Fix the permissions of aws_default."
                raise Permanent(msg) from e
            if type(e).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
                msg = f"{where}: there are no AWS credentials. Set aws_default."
                raise Permanent(msg) from e
            msg = f"{where}: can't be {verb} ({type(e).__name__}: {str(e)[:300]}). Is S3 up?"
            raise Retryable(msg, delay=10) from e


def signed_headers(
    credentials: Credentials,
    region: str,
    service: str,
    *,
    method: str,
    url: str,
    content_type: str | None,
    body: bytes,
) -> dict[str, str]:
    """The headers that sign a request to an AWS service by signature version 4."""
    headers = {"Content-Type": content_type} if content_type else {}
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(request)
    names = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")
    return {name: request.headers[name] for name in names if name in request.headers}


def error_code(error: Exception) -> str:
    """The code of an AWS error; '' where it has none."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
