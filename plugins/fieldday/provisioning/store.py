"""The state bucket: Terraform's states, plan files, locks and journals, by environment.

<root>/<environment>/terraform.tfstate        the state, and its `.tflock` while it is locked
<root>/<environment>/run.lock                 the run that holds the lock
<root>/<environment>/journals/<run>.json      what an apply has begun and done
plans/<environment>/<sha256>.tfplan           plan files; they hold secrets
plans/<environment>/<sha256>/<path>           what such a plan made in the root for its apply

The root's `environments/<environment>.s3.tfbackend` says where the state is; the rest is beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldday.aws import Bucket
from fieldday.provisioning.root_module import default_state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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

    @property
    def _bucket(self) -> Bucket:
        return Bucket(self.s3, self.bucket, "Make it with terraform/bootstrap.")

    def get(self, key: str) -> bytes | None:
        """An object's content; none where there is no such object."""
        return self._bucket.get(key)

    def put(self, key: str, content: bytes, *, only_new: bool = False) -> bool:
        """Store an object, encrypted; whether it was. With `only_new`, not where there is one."""
        options = {"ServerSideEncryption": "aws:kms"}
        if self.kms_key:
            options["SSEKMSKeyId"] = self.kms_key
        return self._bucket.put(key, content, only_new=only_new, options=options)

    def delete(self, key: str) -> None:
        """Remove an object, where it is there."""
        self._bucket.delete(key)

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so."""
        return self._bucket.keys(prefix)
