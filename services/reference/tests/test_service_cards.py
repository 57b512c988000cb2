"""Card numbers: found however they are written, and nothing else taken for one."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import cards

# The numbers that payment providers publish for tests.
KNOWN = {
    "Visa": "4242424242424242",
    "Visa of 13 digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard of the 2 series": "2223003122003222",
    "American Express": "378282246310005",
    "Discover": "6011111111111117",
    "Discover of 65": "6500000000000002",
    "Diners Club": "3056930009020004",
    "Diners Club of 14 digits": "36227206271667",
    "JCB": "3566002020360505",
    "UnionPay": "6200000000000005",
    "UnionPay of 19 digits": "6205500000000000004",
    "Maestro": "6759649826438453",
    "Mir": "2200000000000004",
}
_GAPS = st.sampled_from(["", "", " ", "-", " - ", "\u00a0", "\u2013", "\n", "\u200b"])
# Text in which no digit stands beside a number that is put into it.
_AROUND = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=30)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A card number as a person may write it."""
    number = draw(st.sampled_from(sorted(KNOWN.values())))
    gaps = draw(st.lists(_GAPS, min_size=len(number), max_size=len(number)))
    script = draw(st.sampled_from(["0", "\uff10", "\u0660"]))
    digits = [chr(ord(script) + int(digit)) for digit in number]
    return "".join(a + b for a, b in zip(digits, gaps, strict=True)).strip("\u00a0\u2013\u200b\n -")


@pytest.mark.parametrize("number", KNOWN.values(), ids=KNOWN)
def test_each_issuers_numbers_are_found(number: str) -> None:
    assert cards.holds_card_number(number)
    assert cards.holds_card_number(f"pay with {number[:4]} {number[4:]}, please")


@given(_AROUND, written(), _AROUND)
def test_a_number_is_found_and_removed_in_any_text(before: str, number: str, after: str) -> None:
    text = f"{before} {number} {after}"
    assert cards.holds_card_number(text)
    assert cards.redacted(text) == f"{before} {cards.REMOVED} {after}"


@given(st.text(), written(), st.text())
def test_redacted_text_holds_none(before: str, number: str, after: str) -> None:
    once = cards.redacted(f"{before}{number}{after}")
    assert not cards.holds_card_number(once)
    assert cards.redacted(once) == once


@given(st.text(st.sampled_from("0123456789 -"), max_size=80))
def test_what_is_redacted_is_what_is_found(text: str) -> None:
    assert cards.holds_card_number(text) == (cards.redacted(text) != text)


@given(st.sampled_from(sorted(KNOWN.values())), st.integers(1, 9), st.data())
def test_one_wrong_digit_is_no_card_number(number: str, by: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    digit = str((int(number[place]) + by) % 10)
    assert not cards.holds_card_number(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("gap", [".", "_", ":", "/", " / ", "\u200b", "\u200b.", "\u2060"])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_number_is_found_in_groups_of_any_shape(gap: str, size: int) -> None:
    number = KNOWN["Visa"]
    shaped = gap.join(number[at : at + size] for at in range(0, len(number), size))
    assert cards.holds_card_number(f"pm_{shaped}")
    assert cards.redacted(f"at 10:30, {shaped}.") == f"at 10:30, {cards.REMOVED}."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000000000000000",
        "1764057600000 and 1764057600000000000",  # milliseconds and nanoseconds since 1970
        "4242424242424242424242",  # too long to be one, whatever is in it
        "9" * 10_000,
        "1 " * 10_000,
        "4242 4242 4242 424",
        "+1 (202) 555 0100",
        "192.168.100.100:8080",
        "2026-11-25T08:00:00.000000Z",
        # Each of these has an issuer's prefix, a length that fits and the right check digit.
        "2026-11-30 20:55:03.123456+00",
        "30/11/2026 20:55:07",
        "45.100.100.100:12346",
        "2606:4700:4700::1119",
        "40.712776 -74.005970",
        "45.12345678901234",
        "4.18.0-372.9.1.202610",
        "42424242-4242-4242-8000-000000000000",
        "42424242424242424242424242424242",
    ],
)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert not cards.holds_card_number(text)
    assert cards.redacted(text) == text


@given(st.uuids(version=4))
def test_ids_stay(value: uuid.UUID) -> None:
    text = f'{{"id": "{value}", "trace_id": "{value.hex}"}}'
    assert cards.redacted(text) == text


def test_a_number_beside_other_numbers_is_found() -> None:
    text = "2 seats, 12 4242 4242 4242 4242 123"
    assert cards.redacted(text) == f"2 seats, 12 {cards.REMOVED} 123"
