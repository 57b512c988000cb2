"""The tokens of a configuration, with their places."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r]+)
  | (?P<newline>\n)
  | (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
  | (?P<heredoc><<-?(?P<word>\w+)\n.*?\n[ \t]*(?P=word)(?=\n))
  | (?P<string>")
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>[A-Za-z_][\w-]*)
  | (?P<operator>==|!=|<=|>=|&&|\|\||=>|\.\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token; what separates tokens is not among them, but newlines are."""

    kind: str
    """`newline`, `heredoc`, `string`, `template`, `number`, `name` or `operator`."""
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """All tokens of a text.

    Raises ValueError: a string does not end.
    """
    found = []
    position = 0
    while match := _TOKEN.match(text, position):
        kind, end = match.lastgroup or "", match.end()
        if match["heredoc"]:
            kind = "heredoc"
        if kind == "string":
            end = _string_end(text, position)
            is_template = "${" in text[position:end].replace("$${", "")
            kind = "template" if is_template else "string"
        if kind not in ("space", "comment"):
            found.append(Token(kind, text[position:end], position))
        position = end
    return found


def _string_end(text: str, start: int) -> int:
    """Where the string that begins here ends; strings within `${...}` are part of it."""
    depth, position = 0, start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text.startswith("${", position) and not text.startswith("$${", position - 1):
            depth += 1
            position += 1
        elif depth and text[position] == "{":
            depth += 1
        elif depth and text[position] == "}":
            depth -= 1
        elif depth and text[position] == '"':
            position = _string_end(text, position) - 1
        elif text[position] == '"':
            return position + 1
        position += 1
    msg = f"a string that begins at {start} does not end"
    raise ValueError(msg)
