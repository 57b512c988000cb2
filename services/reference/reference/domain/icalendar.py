"""Calendar entries as a text that calendar programs read: RFC 5545.

https://www.rfc-editor.org/rfc/rfc5545
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST_LINE = 75
# Control characters have no place in a text (section 3.3.11), and some end a line elsewhere.
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029])


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. uid: unique in the world, and the same each time. stamp: when it was made."""

    uid: str
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    note: str = ""


def calendar(events: Iterable[Event], name: str) -> str:
    """The calendar's text, with the line ends that the RFC wants."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//FieldDay//calendar//EN",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{escaped(event.uid)}",
            f"DTSTAMP:{_moment(event.stamp)}",
            f"DTSTART:{_moment(event.starts_at)}",
            f"DTEND:{_moment(event.ends_at)}",
            f"SUMMARY:{escaped(event.title)}",
            *([f"DESCRIPTION:{escaped(event.note)}"] if event.note else []),
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """A text as a value (section 3.3.11): what it holds can't become a line of its own."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\")
    text = text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return text.translate(_CONTROLS)


def folded(line: str) -> str:
    """A line cut after at most 75 bytes, never within a character (section 3.1)."""
    parts: list[str] = []
    part, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _LONGEST_LINE:
            parts.append(part)
            # The blank that begins a continued line counts.
            part, size = "", 1
        part += character
        size += width
    return "\r\n ".join([*parts, part])


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").zfill(16)
