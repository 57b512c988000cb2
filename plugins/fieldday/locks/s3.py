"""A lock as an object in a bucket: it does not expire, so that a dead holder is for a person.

S3 creates an object only where there is none (`If-None-Match`), and that is all that is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fieldday.errors import Permanent
from fieldday.locks.policy import Held


class Objects(Protocol):
    """A bucket; `fieldday.provisioning.store.Store` is one."""

    def get(self, key: str) -> bytes | None:
        """An object's content; none where there is none."""

    def put(self, key: str, content: bytes, *, only_new: bool = False) -> bool:
        """Store an object; whether it was. With `only_new`, not where there is one."""

    def delete(self, key: str) -> None:
        """Remove an object, where it is there."""


@dataclass(frozen=True)
class ObjectStore:
    """The object `key`."""

    objects: Objects
    key: str
    url: str
    """Where the object is, for errors."""

    def read(self) -> Held | None:
        """As the object says. Raises `Permanent`: it is not a lock."""
        content = self.objects.get(self.key)
        if content is None:
            return None
        try:
            found = json.loads(content)
            since = datetime.fromisoformat(found["since"])
            holder, who, reason = (found[name] for name in ("id", "holder", "operation"))
        except (ValueError, KeyError, TypeError) as e:
            raise damaged(self.url) from e
        return Held(holder, since, since, who=who, reason=reason)

    def write(self, lock: Held, over: Held | None) -> bool:
        """Create the object. It is never replaced, since it is not renewed."""
        content = {
            "id": lock.holder,
            "holder": lock.who,
            "operation": lock.reason,
            "since": lock.since.isoformat(),
        }
        body = json.dumps(content).encode()
        return over is None and self.objects.put(self.key, body, only_new=True)

    def remove(self, held: Held) -> None:  # noqa: ARG002 - as every store has it
        """Remove the object."""
        self.objects.delete(self.key)


def damaged(url: str) -> Permanent:
    """The error of an object that is not a lock."""
    return Permanent(f"{url}: is not a lock. Look at it, and remove it by hand.")
