"""All parts of the sandbox, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.errors import SandboxError
from sandbox.parts import (
    airflow,
    control_plane,
    edge,
    moto,
    node,
    postgresql,
    registry,
    valkey,
    victoria_metrics,
)
from sandbox.parts.context import Context
from sandbox.parts.part import Part


def all_parts(context: Context) -> tuple[Part, ...]:
    """Every part. Raises RuntimeError: a package or program of one is missing."""
    return (
        *control_plane.parts(context),
        registry.part(context),
        node.part(context),
        edge.part(context),
        postgresql.part(context),
        valkey.part(context),
        moto.part(context),
        victoria_metrics.part(context),
        *airflow.parts(context),
    )


def with_needs(parts: Iterable[Part], names: Iterable[str]) -> tuple[Part, ...]:
    """Those of the parts that have these names, and what they need.

    `airflow` stands for all of its components. Raises SandboxError: there is no such part.
    """
    known = {part.name: part for part in parts}
    wanted: set[str] = set()
    left = [found for name in names for found in _named(name, known)]
    while left:
        name = left.pop()
        wanted.add(name)
        left += set(known[name].needs) - wanted
    return tuple(part for part in known.values() if part.name in wanted)


def _named(name: str, known: Iterable[str]) -> list[str]:
    found = [part for part in known if part == name or part.startswith(f"{name}-")]
    if not found:
        msg = f"{name}: there is no such part. There are {', '.join(known)}."
        raise SandboxError(msg)
    return found
