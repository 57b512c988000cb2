"""Card numbers, which this system must never hold: found in text, and taken out of it.

Issuers' prefixes and lengths: https://en.wikipedia.org/wiki/Payment_card_number
Check digit: ISO/IEC 7812-1, annex B (Luhn).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

REMOVED = "[card number removed]"

# A digit of any script, as a person may type it; between two there may be spaces or a dash.
_RUN = re.compile(r"\d(?:[\s\-\u2010-\u2015\u2212]{0,3}\d)*")
_DIGITS = re.compile(r"\d+")
# The ids of this system hold digits and dashes too: a UUID, and 32 hexadecimal digits of a trace.
_ID = re.compile(
    r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\b", re.IGNORECASE | re.ASCII
)
_LENGTHS = range(13, 20)
_ISSUERS = re.compile(
    r"""
      4(?:\d{12}|\d{15}|\d{18})                                           # Visa
    | (?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}  # Mastercard
    | 3[47]\d{13}                                                         # American Express
    | (?:6011|64[4-9]\d|65\d{2})\d{12,15}                                 # Discover, RuPay
    | 3(?:0[0-59]|[689]\d)\d{11,16}                                       # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12,15}                                        # JCB
    | (?:62|8[12])\d{14,17}                                               # UnionPay, RuPay
    | (?:5018|5020|5038|5[68]\d{2}|6304|67\d{2})\d{9,15}                  # Maestro
    | 220[0-4]\d{12,15}                                                   # Mir
    """,
    re.VERBOSE | re.ASCII,
)


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits in the text, with or without spaces and dashes, are a card's.

    They are when an issuer's prefix and length fit and the check digit is right.
    """
    return next(_found(text), None) is not None


def redacted(text: str) -> str:
    """The text with each card number replaced by `REMOVED`."""
    parts = []
    end = 0
    for start, stop in _found(text):
        parts += [text[end:start], REMOVED]
        end = stop
    return "".join([*parts, text[end:]])


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers begin and end, from left to right."""
    # As long as before, so that places stay what they are.
    searched = _ID.sub(lambda matched: "x" * len(matched[0]), text)
    for run in _RUN.finditer(searched):
        groups = [
            (matched.start(), matched.end()) for matched in _DIGITS.finditer(searched, *run.span())
        ]
        first = 0
        while first < len(groups):
            last = _last(searched, groups, first)
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last][1]
                first = last + 1


def _last(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group with which a card number ends that begins with `first`; of several the longest."""
    found = None
    digits = ""
    for index in range(first, len(groups)):
        start, stop = groups[index]
        if len(digits) + stop - start > _LENGTHS[-1]:
            break
        digits += "".join(str(int(digit)) for digit in text[start:stop])
        if len(digits) in _LENGTHS and _ISSUERS.fullmatch(digits) and _checks(digits):
            found = index
    return found


def _checks(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
