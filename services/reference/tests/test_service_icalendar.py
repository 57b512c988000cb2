"""iCalendar: what any text may become in it (RFC 5545)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reference.domain.icalendar import Event, calendar, escaped, folded

NOW = datetime(2031, 5, 1, 6, tzinfo=UTC)
texts = st.text() | st.text("\r\n;,\\: \tBEGIN:VEVENT\u2028\x85\x0b\U0001f6f6é")


def unfolded(text: str) -> list[str]:
    """The content lines, as a calendar program reads them (section 3.1)."""
    assert text.endswith("\r\n")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def plain(value: str) -> str:
    """The text that a value stands for (section 3.3.11)."""
    return re.sub(r"\\([\\;,n])", lambda m: "\n" if m[1] == "n" else m[1], value)


@given(title=texts, note=texts, uid=texts)
def test_no_text_becomes_a_line_of_its_own(title: str, note: str, uid: str) -> None:
    event = Event(uid, NOW, NOW, NOW + timedelta(hours=1), title, note)
    lines = unfolded(calendar([event], "FieldDay"))
    names = [line.partition(":")[0] for line in lines]
    noted = ["DESCRIPTION"] if note else []
    assert names == [
        *("BEGIN", "VERSION", "PRODID", "X-WR-CALNAME", "BEGIN", "UID", "DTSTAMP", "DTSTART"),
        *("DTEND", "SUMMARY", *noted, "END", "END"),
    ]
    (summary,) = [line for line in lines if line.startswith("SUMMARY:")]
    # No program that splits at another line end sees more lines.
    assert len(summary.splitlines()) == 1


@given(texts)
def test_lines_are_short_and_whole_characters(text: str) -> None:
    line = f"SUMMARY:{escaped(text)}"
    parts = folded(line).split("\r\n")
    assert all(len(part.encode()) <= 75 for part in parts)
    assert folded(line).replace("\r\n ", "") == line


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    assert plain(escaped(text)) == text


def test_an_entry() -> None:
    event = Event("a@b", NOW, NOW, NOW + timedelta(hours=2), "Dawn; paddle, with\\Bob\r\nat 6")
    assert unfolded(calendar([event], "FieldDay"))[4:-1] == [
        "BEGIN:VEVENT",
        "UID:a@b",
        "DTSTAMP:20310501T060000Z",
        "DTSTART:20310501T060000Z",
        "DTEND:20310501T080000Z",
        r"SUMMARY:Dawn\; paddle\, with\\Bob\nat 6",
        "END:VEVENT",
    ]
