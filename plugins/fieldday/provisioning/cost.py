"""What a plan would change in the monthly bill, as far as prices are known.

Prices are those of `prices.json`, which names its source and date. What is billed by use, and
what it has no price for, is said; it is never counted as nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldday.json_data import JsonData
from fieldday.provisioning.plan import Change

_TABLE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True)
class CostEffect(JsonData):
    """The difference that a plan makes, a month."""

    known: float
    """Of what has a price, in `currency`."""
    currency: str
    by_use: tuple[str, ...]
    """Types that are billed by use."""
    unknown: tuple[str, ...]
    """Types, or sizes of them, that the table has no price for."""
    source: str

    def __str__(self) -> str:
        text = f"{self.known:+.2f} {self.currency} a month"
        if self.by_use:
            text += f"; by use, not counted: {', '.join(self.by_use)}"
        if self.unknown:
            text += f"; unknown: {', '.join(self.unknown)}"
        return f"{text} ({self.source})"


def cost_effect(changes: Iterable[Change]) -> CostEffect:
    """The difference between the bill before and after."""
    table = _table()
    total = 0.0
    by_use: set[str] = set()
    unknown: set[str] = set()
    for change in changes:
        # An import or a resource that is no longer managed exists before and after.
        before = {} if change.action in ("add", "import", "forget") else change.before
        after = {} if change.action in ("destroy", "import", "forget") else change.after
        if change.type in table["by_use"]:
            by_use.add(change.type)
        elif change.type not in table["free"]:
            for sign, values in ((-1, before), (1, after)):
                price = _monthly(table, change.type, values) if values else 0.0
                if price is None:
                    unknown.add(_named(table, change.type, values))
                else:
                    total += sign * price
    source = f"{table['source']}, as of {table['as_of']}"
    # Without this a sum of nothing may be shown as -0.00.
    known = round(total, 2) + 0.0
    return CostEffect(
        known, table["currency"], tuple(sorted(by_use)), tuple(sorted(unknown)), source
    )


@functools.cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return found


def _monthly(table: dict[str, Any], kind: str, values: dict[str, Any]) -> float | None:
    """A resource's price a month; none where the table has none."""
    parts: list[float | None] = []
    if hourly := table["hourly"].get(kind):
        price = _price(hourly, values)
        parts.append(None if price is None else price * table["hours_a_month"])
    if kind in table["monthly"]:
        parts.append(table["monthly"][kind])
    if a_gb := table["monthly_a_gb"].get(kind):
        price, size = _price(a_gb, values), values.get(a_gb["size"])
        parts.append(None if price is None or size is None else price * float(size))
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def _price(entry: dict[str, Any], values: dict[str, Any]) -> float | None:
    if any(values.get(key) not in allowed for key, allowed in entry.get("only", {}).items()):
        return None
    price = entry["price"] if "price" in entry else entry["prices"].get(values.get(entry["by"]))
    if price is None:
        return None
    return float(price) * (2 if values.get(entry.get("doubled_by", "")) is True else 1)


def _named(table: dict[str, Any], kind: str, values: dict[str, Any]) -> str:
    by = table["hourly"].get(kind, {}).get("by")
    size = values.get(by) if by else None
    return f"{kind} {size}" if size else kind
