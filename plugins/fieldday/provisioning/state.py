"""What a plan has to know of a state: which version of it, and what is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Self

from fieldday.errors import Permanent
from fieldday.provisioning.store import Store


@dataclass(frozen=True)
class StateVersion:
    """One version of one state, as Terraform counts them."""

    serial: int
    """Rises with each change."""
    lineage: str
    """Stays the same as long as it is the same state; '' before the first apply."""

    def __str__(self) -> str:
        return f"serial {self.serial}" if self.lineage else "no state"


NO_STATE = StateVersion(0, "")


@dataclass(frozen=True)
class State:
    """A state, without the values in it: these may be secrets."""

    version: StateVersion = NO_STATE
    addresses: frozenset[str] = field(default_factory=frozenset)
    """Of the resources that are managed."""

    @classmethod
    def of(cls, content: bytes, where: str) -> Self:
        """Read a state file. Raises `Permanent`: it is none."""
        try:
            found: dict[str, Any] = json.loads(content)
            version = StateVersion(int(found["serial"]), str(found["lineage"]))
            resources = [r for r in found.get("resources", ()) if r["mode"] == "managed"]
        except (ValueError, KeyError, TypeError) as e:
            msg = f"{where}: is not a Terraform state. Put an earlier version of it back."
            raise Permanent(msg) from e
        return cls(version, frozenset(a for r in resources for a in _addresses(r)))


def read_state(store: Store) -> State:
    """The environment's state as it is now."""
    content = store.get(store.state)
    where = f"s3://{store.bucket}/{store.state}"
    return State() if content is None else State.of(content, where)


def _addresses(resource: dict[str, Any]) -> list[str]:
    module = f"{resource['module']}." if resource.get("module") else ""
    base = f"{module}{resource['type']}.{resource['name']}"
    return [base + _index(instance.get("index_key")) for instance in resource["instances"]]


def _index(key: str | int | None) -> str:
    return "" if key is None else f"[{json.dumps(key)}]"
