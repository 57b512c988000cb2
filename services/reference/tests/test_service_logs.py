"""Log lines: exceptions as fields, nothing secret, one bounded line whatever was said."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference import logs, redaction, tracing
from reference.cards import REMOVED, holds_card_number
from reference.settings import Settings

FORMATTER = logs.JsonFormatter(Settings("api", "1.4.2", "postgresql://u:hidden@h/d", pod="api-1"))
CARD = "4111111111111111"  # the schemes' own number for tests
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"  # pragma: allowlist secret


def line(event: str = "e", error: BaseException | None = None, /, **fields: object) -> str:
    """The line of one event."""
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("reference", logging.INFO, __file__, 1, event, None, info)
    record.fields = fields
    return FORMATTER.format(record)


def _with_check_digit(start: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(start)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return f"{start}{-total % 10}"


# Visa, Mastercard, American Express and Maestro, of all their lengths.
_starts = st.one_of(
    st.tuples(st.just("4"), st.sampled_from([11, 14, 17])),
    st.tuples(st.sampled_from(["51", "55", "2221", "2720"]), st.just(15)),
    st.tuples(st.sampled_from(["34", "37"]), st.just(14)),
    st.tuples(st.sampled_from(["5018", "6304", "6759"]), st.sampled_from([12, 15, 18])),
).flatmap(
    lambda kind: st.text("0123456789", min_size=kind[1], max_size=kind[1]).map(
        lambda digits: (kind[0] + digits)[: kind[1] + (kind[0] == "4")]
    )
)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card number as somebody may write it."""
    number = _with_check_digit(draw(_starts))
    separator = draw(st.sampled_from(["", " ", "-", "\t", "\n", "\xa0", "\u2013"]))
    return separator.join(number[place : place + 4] for place in range(0, len(number), 4))


# Other digits would make another number of it.
_around = st.text(st.characters(exclude_categories=("Nd",)), max_size=30)


@given(cards(), _around, _around)
def test_no_card_number_is_in_a_line_wherever_it_was_put(
    card: str, before: str, after: str
) -> None:
    said = f"{before} {card} {after}"
    assert holds_card_number(said)
    digits = re.sub(r"\D", "", card)
    error = ValueError(said)
    error.__cause__ = KeyError(said)
    token = tracing.current.set(tracing.Trace(digits, "0" * 32, "a" * 16, "00"))
    try:
        written = line(
            said,
            error,
            plain=said,
            number=int(digits),
            fraction=float(digits),
            deep={said: [said, {"at": (said, {said})}], digits: said.encode("utf-8", "replace")},
            other=type("Other", (), {"__str__": lambda _: said})(),
        )
    finally:
        tracing.current.reset(token)
    assert not holds_card_number(written)
    assert digits not in written
    assert REMOVED in json.loads(written)["event"]


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.floats()))
@example("a\nb\r\x85\u2028c\ud800\x1b[31m", {})
def test_a_record_is_one_line_of_json(event: str, fields: dict[str, Any]) -> None:
    written = line(event, ValueError(event), fields=fields)
    assert len(written.splitlines()) == 1
    assert written.isprintable() or not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", written)
    written.encode()
    assert json.loads(written, parse_constant=pytest.fail)["service"] == "api"


@pytest.mark.parametrize(
    "secret", [f"Bearer {TOKEN}", f"bearer  {'s3cr3t' * 4}", TOKEN, f"?token={TOKEN}&a=1"]
)
def test_tokens_are_taken_out(secret: str) -> None:
    written = line(f"refused {secret}", ValueError(secret), deep=[{"header": secret}])
    assert "eyJ" not in written
    assert "s3cr3t" not in written
    assert written.count(redaction.TOKEN_REMOVED) == 3


def test_passwords_in_addresses_are_taken_out() -> None:
    written = line("failed", url="postgresql://fieldday:hunter2@db:5432/api")
    assert "hunter2" not in written
    assert json.loads(written)["url"] == f"postgresql://{redaction.PASSWORD_REMOVED}@db:5432/api"


def test_an_exception_is_told_in_fields() -> None:
    def inner() -> None:
        raise KeyError("inner\nDETAIL: Key (email)=(ada@example.org) already exists.")

    try:
        try:
            inner()
        except KeyError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as e:
        told = json.loads(line("unexpected error", e))["exception"]
    assert (told["type"], told["message"]) == ("RuntimeError", "outer")
    assert told["cause"]["type"] == "KeyError"
    frame = told["cause"]["frames"][-1]
    assert frame["function"] == "inner"
    assert frame["file"].endswith("tests/test_service_logs.py")
    assert frame["line"] == inner.__code__.co_firstlineno + 1


def test_what_a_database_says_of_a_row_is_left_out() -> None:
    error = ValueError("duplicate key\nDETAIL: Key (email)=(ada@example.org) already exists.")
    assert "ada" not in line("failed", error, error=logs.described(error))


@pytest.mark.parametrize(
    "fields",
    [
        {"one": "x" * 1_000_000},
        {f"field {n}": "é" * 5_000 for n in range(40)},
        {"many": [["y" * 3_000] * 100] * 100},
        {"number": 10**5_000, "not": float("nan"), "endless": float("-inf")},
    ],
)
def test_a_line_has_a_bounded_length(fields: dict[str, object]) -> None:
    written = line("e", None, **fields)
    assert len(written.encode()) <= logs.MOST_BYTES
    assert json.loads(written)["event"] == "e"


@pytest.mark.parametrize("number", [CARD, ".".join(CARD)])
def test_a_number_at_the_cut_is_not_left_in_part(number: str) -> None:
    end = redaction.MOST_CHARACTERS * 5
    for place in range(end - len(number) - 4, end + 2):
        written = line("e", said=TOKEN * 200 + " " * 4 + "x" * (place - len(TOKEN) * 200) + number)
        assert number[:10] not in written


def test_fields_cannot_say_what_a_line_says_of_itself() -> None:
    told = json.loads(line("real", event="forged", level="critical", service="auth"))
    assert (told["event"], told["level"], told["service"]) == ("real", "info", "api")


def test_a_deep_stack_keeps_its_innermost_frames() -> None:
    def down(levels: int) -> None:
        if levels == 0:
            raise RecursionError("at the bottom")
        down(levels - 1)

    try:
        down(200)
    except RecursionError:
        record = logging.LogRecord("r", 40, __file__, 1, "e", None, sys.exc_info())
    told = json.loads(FORMATTER.format(record))["exception"]
    assert len(told["frames"]) <= 40
    assert told["frames"][-1]["line"] == down.__code__.co_firstlineno + 2
