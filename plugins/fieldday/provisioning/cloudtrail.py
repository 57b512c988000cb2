"""Who changed a resource last, where CloudTrail says so."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

UNKNOWN = "unknown"
_READS = ("Describe", "Get", "List", "Head", "Lookup")


class CloudTrail(Protocol):
    """What is needed of a CloudTrail client; boto3's is one."""

    def lookup_events(self, *, LookupAttributes: Any, MaxResults: int) -> Any:  # noqa: N803
        """Events of the last 90 days, the newest first."""


@dataclass(frozen=True)
class Author:
    """Who it was, or why that is not known."""

    name: str
    detail: str

    def __str__(self) -> str:
        return f"{self.name} ({self.detail})"


def last_author(client: CloudTrail, names: Collection[str]) -> Author:
    """Who last wrote to a resource that goes by one of these names. Never raises.

    Drift is worth reporting without a name too.
    """
    for name in names:
        attributes = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
        try:
            answer = client.lookup_events(LookupAttributes=attributes, MaxResults=50)
            events = answer["Events"]
        except Exception as e:  # noqa: BLE001 - whatever it is, the drift is there
            return Author(UNKNOWN, f"CloudTrail was unreachable: {type(e).__name__}")
        for event in events:
            if not _is_read(event):
                return Author(event.get("Username") or UNKNOWN, _detail(event))
    return Author(UNKNOWN, "CloudTrail knows of no change in 90 days")


def _is_read(event: dict[str, Any]) -> bool:
    read_only = event.get("ReadOnly")
    return read_only == "true" if read_only else str(event.get("EventName", "")).startswith(_READS)


def _detail(event: dict[str, Any]) -> str:
    time = event.get("EventTime")
    parts = [event.get("EventName", "a change"), time.isoformat() if time else "at a time unknown"]
    try:
        address = json.loads(event.get("CloudTrailEvent") or "{}").get("sourceIPAddress")
    except ValueError:
        address = None
    return " ".join([*parts, f"from {address}"] if address else parts)
