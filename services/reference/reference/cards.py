"""Card numbers, which this system must never hold: found in text, and taken out of it.

Issuers' prefixes and lengths: https://en.wikipedia.org/wiki/Payment_card_number
Check digit: ISO/IEC 7812-1, annex B (Luhn).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

REMOVED = "[card number removed]"

# Between two digits there may be spaces, a dash, and characters that nobody sees.
_PLAIN = (
    r"\s\-\u2010-\u2015\u2212"
    r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
# Or one of these, which times, addresses, versions, paths and decimals have as well.
_SHARED = re.compile(r"[._:/]")
_BETWEEN = re.compile(rf"[{_PLAIN}._:/]")
# A digit of any script, as a person may type it.
_RUN = re.compile(rf"\d(?:[{_PLAIN}._:/]{{0,3}}\d)*")
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
    """Whether 13 to 19 digits in the text, with or without something in between, are a card's.

    They are when an issuer's prefix and length fit and the check digit is right.
    """
    return next(_found(text), None) is not None


def may_stand_between(character: str) -> bool:
    """Whether a card's number may have it between two digits."""
    return _BETWEEN.match(character) is not None


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
        if run.end() - run.start() >= _LENGTHS[0]:
            yield from _found_in_run(searched, *run.span())


def _found_in_run(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    groups = [matched.span() for matched in _DIGITS.finditer(text, start, stop)]
    written = "".join(text[begin:end] for begin, end in groups)
    digits = written if written.isascii() else "".join(str(int(digit)) for digit in written)
    if len(digits) < _LENGTHS[0]:
        return
    # How many digits there are before each group, and after the last.
    before = [0, *itertools.accumulate(end - begin for begin, end in groups)]
    sums = _sums(digits)
    first = 0
    while first < len(groups):
        last = None
        for index in range(first, len(groups)):
            begin, end = before[first], before[index + 1]
            if end - begin > _LENGTHS[-1]:
                break
            # Of several the longest.
            if (
                end - begin >= _LENGTHS[0]
                and _ISSUERS.fullmatch(digits, begin, end)
                and (sums[end % 2][end] - sums[end % 2][begin]) % 10 == 0
                and _is_one_number(text, groups[first : index + 1])
            ):
                last = index
        if last is None:
            first += 1
        else:
            yield groups[first][0], groups[last][1]
            first = last + 1


def _is_one_number(text: str, groups: list[tuple[int, int]]) -> bool:
    """Whether groups of digits belong together by what stands between them.

    A time, an address with its port and a pair of coordinates mix what they have in between, and
    a decimal has one point.
    """
    gaps = [text[end:begin] for (_, end), (begin, _) in itertools.pairwise(groups)]
    if not any(_SHARED.search(gap) for gap in gaps):
        return True
    return len(set(gaps)) == 1 and gaps != ["."]


def _sums(digits: str) -> tuple[list[int], list[int]]:
    """The check sums of all beginnings, for numbers that end at an even place and at an odd one.

    From the end every second digit counts twice; of 10 and more the digits are added.
    """
    plain = [int(digit) for digit in digits]
    twice = [2 * value - 9 * (value > 4) for value in plain]
    even, odd = (
        [
            b if (place - end) % 2 else a
            for place, (a, b) in enumerate(zip(twice, plain, strict=True))
        ]
        for end in (0, 1)
    )
    return [0, *itertools.accumulate(even)], [0, *itertools.accumulate(odd)]
