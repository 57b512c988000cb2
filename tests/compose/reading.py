"""docker-compose.yaml as its tests read it: anchors merged, variables filled in as compose does."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"

# `$$` is a dollar; then a name with `:-` and a default, with `:?` and words, or alone.
_VARIABLE = re.compile(r"\$(\$)|\$\{([A-Z_]+)(?::(-|\?)([^}]*))?\}")


def example() -> dict[str, str]:
    """The variables of .env.example that are set there."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def required() -> set[str]:
    """The variables without which compose does not start, and says so."""
    return {m[2] for m in _VARIABLE.finditer(FILE.read_text()) if m[3] == "?"}


def used() -> dict[str, set[str]]:
    """Every variable of the file with its defaults: empty where it has none."""
    found: dict[str, set[str]] = {}
    for match in _VARIABLE.finditer(FILE.read_text()):
        if match[2]:
            found.setdefault(match[2], set())
            if match[3] == "-":
                found[match[2]].add(match[4])
    return found


def filled(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables filled in. Raises KeyError for one that nobody set."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        if match[3] == "-":
            return variables.get(match[2]) or match[4]
        return variables[match[2]]

    return _VARIABLE.sub(value, text)


@functools.cache
def compose() -> dict[str, Any]:
    """The whole file, with .env.example's values."""
    content: dict[str, Any] = yaml.safe_load(filled(FILE.read_text(), example()))
    return content


def containers() -> dict[str, dict[str, Any]]:
    """What is below `services`: FieldDay's twelve and what they need."""
    services: dict[str, dict[str, Any]] = compose()["services"]
    return services
