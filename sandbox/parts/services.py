"""The services whose databases, cache and secrets the sandbox creates."""

from __future__ import annotations

import functools
from typing import Any

import yaml

from sandbox.layout import CHECKOUT

ENVIRONMENTS = ("production", "staging")


@functools.cache
def services() -> tuple[str, ...]:
    """The catalog's services, in its order.

    Raises RuntimeError: the catalog cannot be read.
    """
    path = CHECKOUT / "catalog.yaml"
    try:
        document: Any = yaml.safe_load(path.read_text())
        return tuple(str(name) for name in document["services"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        msg = f"catalog.yaml: cannot be read: {error}. Fix {path}."
        raise RuntimeError(msg) from error
