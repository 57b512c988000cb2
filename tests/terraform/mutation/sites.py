"""Where a configuration can be changed by one token, or by one block less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.terraform.mutation.tokens import Token, tokens

Kind = Literal[
    "argument", "boolean", "cidr", "number", "action", "string", "operator", "block", "reference"
]
KINDS: tuple[Kind, ...] = (
    *("argument", "boolean", "cidr", "number", "action"),
    *("string", "operator", "block", "reference"),
)

_CIDR = re.compile(r"\d+\.\d+\.\d+\.\d+/(\d+)")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]*\*?")
_REFERENCE = re.compile(
    r"\b(?:var|local|module|data\.\w+|aws_\w+|google_\w+|random_\w+|datadog_\w+)"
    r"\.\w+(?:\[\w+\])?(?:\.\w+)*"
)
_OPERATORS = {
    "==": "!=",
    "!=": "==",
    "&&": "||",
    "||": "&&",
    "<": ">=",
    ">": "<=",
    "<=": ">",
    ">=": "<",
}
# Words for people, which nothing depends on.
_WORDS = frozenset({"description", "error_message", "comment", "alarm_description", "summary"})
# What is no setting of the module itself.
_OUTER = frozenset({"terraform", "provider", "moved", "removed"})
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    kind: Kind
    start: int
    end: int
    new: str

    def apply(self, text: str) -> str:
        """The file with the change."""
        return text[: self.start] + self.new + text[self.end :]


@dataclass
class _Place:
    """Where the reader is."""

    blocks: tuple[str, ...] = ()
    """The types of the blocks around it, outermost first."""
    argument: str = ""


def mutants(text: str) -> list[Mutant]:
    """All changes that can be made to a file, in its order."""
    reader = _Reader(text)
    found = list(reader.body(_Place()))
    return sorted(found, key=lambda m: (m.start, m.end, m.new))


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._references = sorted(set(_REFERENCE.findall(text)))

    def _peek(self, ahead: int = 0) -> Token:
        index = self._at + ahead
        end = Token("end", "", len(self._text))
        return self._tokens[index] if index < len(self._tokens) else end

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def body(self, place: _Place) -> Iterator[Mutant]:
        """The arguments and blocks up to the closing brace."""
        while (token := self._peek()).kind != "end" and token.text != "}":
            if token.kind != "name":
                self._take()
            elif self._peek(1).text == "=":
                yield from self._argument(place)
            else:
                yield from self._block(place)

    def _argument(self, place: _Place) -> Iterator[Mutant]:
        name = self._take()
        self._take()
        is_setting = bool(place.blocks) and place.blocks[0] not in {"variable", "output", "locals"}
        if is_setting and place.blocks[0] not in _OUTER:
            yield _renamed(name)
        yield from self._expression(_Place(place.blocks, name.text))

    def _block(self, place: _Place) -> Iterator[Mutant]:
        begin = self._take()
        while self._peek().text != "{":
            if self._peek().kind in ("newline", "end"):
                return
            self._take()
        self._take()
        blocks = (*place.blocks, begin.text)
        yield from self.body(_Place(blocks))
        end = self._take()
        if place.blocks and place.blocks[0] not in _OUTER:
            yield Mutant("block", begin.start, end.end, "")

    def _expression(self, place: _Place) -> Iterator[Mutant]:
        depth = 0
        is_told = place.argument in _WORDS or (place.blocks[:1] and place.blocks[0] in _OUTER)
        is_type = place.blocks[:1] == ("variable",) and place.argument == "type"
        while (token := self._peek()).kind != "end":
            if token.kind == "newline" and depth == 0:
                return
            if token.text in _CLOSE and depth == 0:
                return
            self._take()
            if token.kind == "operator":
                depth += (token.text in _OPEN) - (token.text in _CLOSE)
            if is_told or (
                is_type and token.kind != "number" and token.text not in ("true", "false")
            ):
                continue
            yield from self._in_expression(token, depth)

    def _in_expression(self, token: Token, depth: int) -> Iterator[Mutant]:
        before = self._tokens[self._at - 2] if self._at > 1 else token
        match token.kind:
            case "name" if token.text in ("true", "false") and before.text != ".":
                new = "false" if token.text == "true" else "true"
                yield Mutant("boolean", token.start, token.end, new)
            case "name" if depth and self._peek().text == "=" and before.text in ("{", ",", "\n"):
                yield _renamed(token)
            case "name" if before.text != ".":
                yield from self._reference(token.start)
            case "number" if before.text not in (".", "["):
                yield Mutant("number", token.start, token.end, _other_number(token.text))
            case "operator" if token.text in _OPERATORS:
                yield Mutant("operator", token.start, token.end, _OPERATORS[token.text])
            case "string" if self._peek().text not in ("=", ":"):
                yield from _in_string(token)
            case "template" | "heredoc":
                for match in _REFERENCE.finditer(token.text):
                    if "${" in token.text[: match.start()]:
                        yield from self._reference(token.start + match.start())

    def _reference(self, start: int) -> Iterator[Mutant]:
        match = _REFERENCE.match(self._text, start)
        if match is None:
            return
        kind = match[0].split(".")[0]
        likely = [r for r in self._references if r != match[0] and r.split(".")[0] == kind]
        # What ends the same is the likelier mistake, and the harder one to see.
        alike = [r for r in likely if r.split(".")[2:] == match[0].split(".")[2:]] or likely
        if alike:
            # The next of its kind by name, so that the same file has the same mutants.
            other = next((r for r in alike if r > match[0]), alike[0])
            yield Mutant("reference", match.start(), match.end(), other)


def _renamed(name: Token) -> Mutant:
    return Mutant("argument", name.start, name.end, f"{name.text}_")


def _other_number(text: str) -> str:
    return str(float(text) + 0.5) if "." in text else str(int(text) + 1)


def _in_string(token: Token) -> Iterator[Mutant]:
    inner = token.text[1:-1]
    if cidr := _CIDR.fullmatch(inner):
        wider = "0.0.0.0/0" if inner != "0.0.0.0/0" else "0.0.0.0/1"
        other = int(cidr[1]) - 1 if int(cidr[1]) else 1
        yield Mutant("cidr", token.start, token.end, f'"{wider}"')
        yield Mutant("cidr", token.start, token.end, f'"{inner.rpartition("/")[0]}/{other}"')
    elif _ACTION.fullmatch(inner):
        yield Mutant("action", token.start, token.end, f'"{inner.partition(":")[0]}:*"')
        yield Mutant("action", token.start, token.end, f'"{inner}x"')
    elif inner:
        yield Mutant("string", token.start, token.end, f'"{inner}x"')
