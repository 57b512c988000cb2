"""The services of FieldDay, read from `catalog.yaml`.

Importing this module is cheap, since DAG files do it each time they are parsed: pydantic and
PyYAML are imported by `load` alone.
"""

from __future__ import annotations

import functools
import graphlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from fieldday.catalog.bounds import Named
from fieldday.catalog.service import (
    NAME,
    PYDANTIC,
    Quantity,
    RateLimits,
    Replicas,
    Resources,
    Service,
    Task,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "CATALOG",
    "Catalog",
    "CatalogError",
    "Quantity",
    "RateLimits",
    "Replicas",
    "Resources",
    "Service",
    "Task",
    "json_schema",
    "load",
]

CATALOG = Path(__file__).resolve().parents[3] / "catalog.yaml"


class CatalogError(ValueError):
    """The catalogue can't be used. The text names the service, the key and the mend."""


@dataclass(frozen=True)
class Catalog:
    """All services by name. Checked: every dependency is known, and none is circular."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    services: Annotated[Mapping[Annotated[str, NAME], Service], Named(1)]
    """The services by name: lower-case letters, digits and dashes."""

    def __getitem__(self, name: str) -> Service:
        """The service of that name. Raises `CatalogError` when there is none."""
        if name not in self.services:
            msg = f"Service '{name:.80}': not in the catalogue. Use one of {', '.join(self.names)}."
            raise CatalogError(msg)
        return self.services[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all services, in the catalogue's order."""
        return tuple(self.services)

    def callers(self, name: str) -> tuple[str, ...]:
        """The services that depend on this one, in the catalogue's order."""
        self[name]
        return tuple(n for n, service in self.services.items() if name in service.depends_on)

    def release_order(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """`names` (all services when not given), each after those that it depends on.

        A dependency counts through services that are not in `names`. Services that don't
        depend on each other come by name, so that the order is always the same. Undoing a
        release set goes in reverse. Raises `CatalogError` for an unknown name.
        """
        wanted = set(self.names if names is None else names)
        for name in sorted(wanted):
            self[name]
        graph = {name: self.services[name].depends_on for name in self.services}
        sorter = graphlib.TopologicalSorter(graph)
        try:
            sorter.prepare()
        except graphlib.CycleError as e:
            # graphlib lists a node before the one that depends on it.
            cycle = list(reversed(e.args[1]))
            msg = (
                f"Service '{cycle[0]}': depends_on is circular ({' -> '.join(cycle)}). "
                "Remove one of these, so that there is an order to release in."
            )
            raise CatalogError(msg) from e
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            order += ready
            sorter.done(*ready)
        return tuple(name for name in order if name in wanted)


def load(path: Path | None = None) -> Catalog:
    """Read and check the catalogue.

    `path` is, when not given, `$FIELDDAY_CATALOG` or the `catalog.yaml` of the checkout. Raises
    `CatalogError` with one line for each thing that is wrong.
    """
    from pydantic import ValidationError

    from fieldday.catalog.text import explain, find_broken_rules, parse

    where = path or Path(os.environ.get("FIELDDAY_CATALOG") or CATALOG)
    try:
        text = where.read_text(encoding="utf-8")
    except OSError as e:
        msg = f"{where}: cannot be read ({e.strerror}). Set FIELDDAY_CATALOG to the catalogue."
        raise CatalogError(msg) from e
    except UnicodeDecodeError as e:
        msg = f"{where}: is not UTF-8 at byte {e.start}. Save it as UTF-8."
        raise CatalogError(msg) from e
    content = parse(text, where)
    try:
        # In strict mode, lists become tuples from JSON only.
        catalog = _adapter().validate_json(content)
    except ValidationError as e:
        raise CatalogError("\n".join(explain(e))) from e
    if broken := find_broken_rules(catalog):
        raise CatalogError("\n".join(broken))
    catalog.release_order()
    return catalog


@functools.cache
def _adapter() -> TypeAdapter[Catalog]:
    from pydantic import TypeAdapter

    return TypeAdapter(Catalog)


def json_schema() -> str:
    """The JSON schema of `catalog.yaml`, for editors: the text of `catalog.schema.json`."""
    schema = _adapter().json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2) + "\n"
