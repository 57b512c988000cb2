"""What a plan would change in the monthly bill, as far as prices are known.

The prices name their source and date. What is billed by use, and what has no known price, is
said; it is never counted as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldday.json_data import JsonData
from fieldday.prices.resources import prices
from fieldday.provisioning.plan import ResourceChange


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


def cost_effect(changes: Iterable[ResourceChange]) -> CostEffect:
    """The difference between the bill before and after."""
    table = prices()
    total = 0.0
    by_use: set[str] = set()
    unknown: set[str] = set()
    for change in changes:
        # An import or a resource that is no longer managed exists before and after.
        before = {} if change.action in ("add", "import", "forget") else change.before
        after = {} if change.action in ("destroy", "import", "forget") else change.after
        match table.billing(change.type):
            case "by use":
                by_use.add(change.type)
            case "by time":
                for sign, values in ((-1, before), (1, after)):
                    price = table.monthly(change.type, values) if values else 0.0
                    if price is None:
                        unknown.add(table.named(change.type, values))
                    else:
                        total += sign * price
    # Without this a sum of nothing may be shown as -0.00.
    known = round(total, 2) + 0.0
    return CostEffect(
        known, table.currency, tuple(sorted(by_use)), tuple(sorted(unknown)), table.source
    )
