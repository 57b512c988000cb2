"""S3, for tests: as much of boto3's client as the state bucket needs, with S3's own errors."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError


def refusal(code: str, operation: str = "GetObject") -> ClientError:
    """The error that S3 gives."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class S3Model:
    """Buckets in memory. The sandbox's tests ask a real server in the same words."""

    def __init__(self, *buckets: str) -> None:
        self.buckets: dict[str, dict[str, bytes]] = {name: {} for name in buckets}
        self.given: dict[str, dict[str, Any]] = {}
        """By key: how an object was stored."""
        self.page_size = 2
        self.pages = 0
        """How many pages with keys were listed."""
        self.reads = 0

    def _bucket(self, name: str) -> dict[str, bytes]:
        if name not in self.buckets:
            raise refusal("NoSuchBucket")
        return self.buckets[name]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.reads += 1
        found = self._bucket(Bucket).get(Key)
        if found is None:
            raise refusal("NoSuchKey")
        return {"Body": io.BytesIO(found)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **more: Any) -> None:  # noqa: N803
        bucket = self._bucket(Bucket)
        if more.get("IfNoneMatch") == "*" and Key in bucket:
            raise refusal("PreconditionFailed", "PutObject")
        bucket[Key] = bytes(Body)
        self.given[Key] = more

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self._bucket(Bucket).pop(Key, None)

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return self

    def paginate(
        self,
        *,
        Bucket: str,  # noqa: N803
        Prefix: str,  # noqa: N803
        PaginationConfig: Mapping[str, int],  # noqa: N803
    ) -> Iterator[dict[str, Any]]:
        keys = sorted(key for key in self._bucket(Bucket) if key.startswith(Prefix))
        keys = keys[: PaginationConfig.get("MaxItems")]
        # S3 gives no more than 1,000 a page, and may give fewer; the last may have none.
        size = min(PaginationConfig.get("PageSize", self.page_size), self.page_size)
        for start in range(0, len(keys), size):
            self.pages += 1
            yield {"Contents": [{"Key": key} for key in keys[start : start + size]]}
        yield {}
