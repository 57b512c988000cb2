"""The services of FieldDay, read from `catalog.yaml`, and the files that are made from it."""

from fieldday.catalog.model import (
    CATALOG,
    Catalog,
    CatalogError,
    Quantity,
    RateLimits,
    Replicas,
    Resources,
    Service,
    Task,
    json_schema,
    load,
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
