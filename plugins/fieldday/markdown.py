"""Markdown for cards, in which what a person or a program wrote stays text."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def code(text: str) -> str:
    """Text shown as code."""
    return "`" + cell(text).replace("`", "'") + "`"


def cell(text: str) -> str:
    """Text on one line, for a table."""
    return " ".join(text.split()).replace("|", "/")
