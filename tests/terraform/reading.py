"""What a module says of itself: its inputs, outputs, resources, and what checkov is to skip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

_SKIP = re.compile(r"#\s*checkov:skip=(?P<check>[\w]+):?(?P<reason>.*)")
_HEREDOC = re.compile(r"<<-?(?P<word>\w+)\n(?P<text>.*?)\n\s*(?P=word)", re.DOTALL)


@dataclass(frozen=True)
class Variable:
    """An input."""

    name: str
    type: str
    description: str
    default: str | None
    """As it is written; None when the input has to be given."""
    is_sensitive: bool
    validations: int


@dataclass(frozen=True)
class Output:
    """An output."""

    name: str
    description: str
    is_sensitive: bool


@dataclass(frozen=True)
class Module:
    """A module as its callers see it."""

    variables: tuple[Variable, ...]
    outputs: tuple[Output, ...]
    resources: tuple[str, ...]
    """The types of its resources."""
    terraform: str
    """The versions of Terraform that it accepts."""
    providers: dict[str, str]
    """The versions that it accepts of each provider."""
    skips: tuple[tuple[str, str], ...]
    """What checkov is to skip, as (check, reason)."""


def read_module(folder: Path) -> Module:
    """Read a module's files.

    Raises ValueError: a file cannot be parsed.
    """
    variables: list[Variable] = []
    outputs: list[Output] = []
    resources: set[str] = set()
    terraform, providers = "", dict[str, str]()
    skips: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("*.tf")):
        text = path.read_text()
        skips |= {(m["check"], m["reason"].strip()) for m in _SKIP.finditer(text)}
        parsed = _parse(path, text)
        variables += [_variable(*_labelled(block)) for block in parsed.get("variable", [])]
        outputs += [_output(*_labelled(block)) for block in parsed.get("output", [])]
        resources |= {_plain(name) for b in parsed.get("resource", []) for name in _names(b)}
        for block in parsed.get("terraform", []):
            terraform = _plain(block.get("required_version", "")) or terraform
            for required in block.get("required_providers", []):
                providers |= {name: _plain(required[name]["version"]) for name in _names(required)}
    return Module(
        tuple(variables),
        tuple(outputs),
        tuple(sorted(resources)),
        terraform,
        providers,
        tuple(sorted(skips)),
    )


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return dict(hcl2.loads(text))
    except Exception as error:  # the parser's errors have no class in common
        msg = f"{path}: it cannot be parsed: {error}"
        raise ValueError(msg) from error


def _names(block: dict[str, Any]) -> list[str]:
    return [name for name in block if not name.startswith("__")]


def _labelled(block: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    (name,) = _names(block)
    return _plain(name), block[name]


def _variable(name: str, body: dict[str, Any]) -> Variable:
    return Variable(
        name,
        _expression(body.get("type", "any")),
        _plain(body.get("description", "")),
        _expression(body["default"]) if "default" in body else None,
        body.get("sensitive") is True,
        len(body.get("validation", [])),
    )


def _output(name: str, body: dict[str, Any]) -> Output:
    return Output(name, _plain(body.get("description", "")), body.get("sensitive") is True)


def _plain(text: object) -> str:
    """A string without the quotes that the parser leaves around it."""
    if heredoc := _HEREDOC.fullmatch(str(text).strip().strip('"')):
        return re.sub(r"\s+", " ", heredoc["text"]).strip()
    return str(text).removeprefix('"').removesuffix('"').replace('\\"', '"')


def _expression(value: object) -> str:
    """A value as one would write it, in one line."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case list():
            return f"[{', '.join(_expression(item) for item in value)}]"
        case dict():
            pairs = (f"{name} = {_expression(value[name])}" for name in _names(value))
            return f"{{ {', '.join(pairs)} }}" if _names(value) else "{}"
    text = str(value)
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1]
    return re.sub(r"\s+", " ", text)
