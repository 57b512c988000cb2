"""The services of FieldDay, read from `catalog.yaml`, and the files that derive from it."""

from fieldday.catalog.loader import CATALOG, json_schema, load
from fieldday.catalog.model import (
    Catalog,
    CatalogError,
    Quantity,
    RateLimits,
    Replicas,
    Resources,
    Service,
    Task,
)

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
