"""Kubernetes' quantities: `250m` CPU, `128Mi` of memory."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{letter: Decimal(1000) ** (n + 1) for n, letter in enumerate("kMGTPE")},
    **{f"{letter}i": Decimal(1024) ** (n + 1) for n, letter in enumerate("KMGTPE")},
}


def parse(text: str | int | float) -> Decimal:
    """The number that a quantity stands for.

    Raises ValueError: not a quantity.
    """
    word = str(text).strip()
    number = word.rstrip("numkKMGTPEi")
    try:
        return Decimal(number) * _SUFFIXES[word[len(number) :]]
    except (InvalidOperation, KeyError) as error:
        msg = f"'{text}' is not a quantity. Write e.g. 250m or 128Mi."
        raise ValueError(msg) from error


def whole(text: str | int | float) -> int:
    """The same, rounded up to a whole number."""
    return math.ceil(parse(text))
