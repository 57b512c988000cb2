"""The price of one resource, by its Terraform type and values, from `prices.json`.

What is billed by use, and what the table has no price for, is said; it never costs nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_TABLE = Path(__file__).with_name("prices.json")

Billing = Literal["free", "by use", "by time"]


@dataclass(frozen=True)
class Prices:
    """A table of prices."""

    table: Mapping[str, Any]

    @property
    def currency(self) -> str:
        """Such as `USD`."""
        return str(self.table["currency"])

    @property
    def source(self) -> str:
        """Where the prices are from, and of when they are."""
        return f"{self.table['source']}, as of {self.table['as_of']}"

    def billing(self, kind: str) -> Billing:
        """How resources of a type are billed; `by time` also where the table does not know it."""
        if kind in self.table["by_use"]:
            return "by use"
        return "free" if kind in self.table["free"] else "by time"

    def monthly(self, kind: str, values: Mapping[str, Any]) -> float | None:
        """A resource's price a month in `currency`; none where the table has none."""
        parts: list[float | None] = []
        if hourly := self.table["hourly"].get(kind):
            price = _price(hourly, values)
            parts.append(None if price is None else price * self.table["hours_a_month"])
        if kind in self.table["monthly"]:
            parts.append(self.table["monthly"][kind])
        if a_gb := self.table["monthly_a_gb"].get(kind):
            price, size = _price(a_gb, values), values.get(a_gb["size"])
            parts.append(None if price is None or size is None else price * float(size))
        known = [part for part in parts if part is not None]
        return sum(known) if parts and len(known) == len(parts) else None

    def named(self, kind: str, values: Mapping[str, Any]) -> str:
        """A type with its size, where its price depends on that."""
        by = self.table["hourly"].get(kind, {}).get("by")
        size = values.get(by) if by else None
        return f"{kind} {size}" if size else kind


@functools.cache
def prices() -> Prices:
    """This project's table."""
    return Prices(json.loads(_TABLE.read_text(encoding="utf-8")))


def _price(entry: Mapping[str, Any], values: Mapping[str, Any]) -> float | None:
    if any(values.get(key) not in allowed for key, allowed in entry.get("only", {}).items()):
        return None
    price = entry["price"] if "price" in entry else entry["prices"].get(values.get(entry["by"]))
    if price is None:
        return None
    return float(price) * (2 if values.get(entry.get("doubled_by", "")) is True else 1)
