"""All parts of the sandbox, in the order in which people think of them."""

from __future__ import annotations

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
    """Every part. Raises RuntimeError: a package or program that one is made of is missing."""
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
