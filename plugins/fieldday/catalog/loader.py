"""Reading `catalog.yaml`, and saying in words what is wrong with it."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from fieldday.catalog.model import Catalog, CatalogError, Service

CATALOG = Path(__file__).resolve().parents[3] / "catalog.yaml"

RESERVED = frozenset(
    # Charts that are no service's.
    {"platform", "service-library"}
    # Containers of docker-compose.yaml that are no service's.
    | {"databases", "edge", "grafana", "jaeger", "moto", "postgresql", "postgresql-metrics"}
    | {"prometheus", "pushgateway", "redis", "redis-metrics", "registry", "airflow-api-server"}
    | {"airflow-broker", "airflow-dag-processor", "airflow-init", "airflow-scheduler"}
    | {"airflow-triggerer", "airflow-worker"}
)
"""Names that a service can't have, since something else beside it has them."""

_BY_TYPE = {
    "missing": "is missing. Add it.",
    "unexpected_keyword_argument": "is not a key of the catalogue. Remove it.",
    "int_type": "is {text}. Use a whole number.",
    "string_type": "is {text}. Use text in quotes.",
    "tuple_type": "is {text}. Use a list.",
    "literal_error": "is {text}. Use {expected}.",
    "dict_type": "is {text}. Use keys and values.",
    "dataclass_type": "is {text}. Use keys and values.",
    "too_short": "is empty. Name at least one service.",
    "repeated": "names something twice. Remove one.",
    "json_invalid": "can't be read. {problem}.",
}
_NAME = "Use 1 to 40 lower-case letters, digits and dashes."
_LINE = "is {text}. Use one line of text, without '|'."
# Of a value that has the right type and is out of bounds.
_BY_KEY = {
    "title": _LINE,
    "owner": _LINE,
    "paging": _LINE,
    "port": "is {value}. Use 1024 to 65535; lower ones need root.",
    "cache_ttl_seconds": "is {value}. Use 0 to 86400 (a day).",
    "limit_seconds": "is {value}. Use 1 to 86400 (a day).",
    "schedule": "is {text}. Use five cron fields in numbers, such as '*/15 * * * *'.",
    "min": "is {value}. Production needs at least 2.",
    "cpu": "is {text}. Use cores, such as 100m or 1.",
    "memory": "is {text}. Use bytes, such as 128Mi.",
    "per_user": "is {value}. Use at least 1 a minute.",
    "per_ip": "is {value}. Use at least 1 a minute.",
    "calls_outside": "names {text}. Use a host, such as api.stripe.com.",
    "tasks": "has {text}. " + _NAME,
}


def load(path: Path | None = None) -> Catalog:
    """Read and check the catalogue.

    `path` is, when not given, `$FIELDDAY_CATALOG` or the `catalog.yaml` of the checkout. Raises
    `CatalogError` with one line for each thing that is wrong; what takes two values to be wrong
    is looked at once each value by itself is right.
    """
    where = path or Path(os.environ.get("FIELDDAY_CATALOG") or CATALOG)
    try:
        text = where.read_text(encoding="utf-8")
    except OSError as e:
        msg = f"{where}: cannot be read ({e.strerror}). Set FIELDDAY_CATALOG to the catalogue."
        raise CatalogError(msg) from e
    except UnicodeDecodeError as e:
        msg = f"{where}: is not UTF-8 at byte {e.start}. Save it as UTF-8."
        raise CatalogError(msg) from e
    content = _parse(text, where)
    try:
        # In strict mode, lists become tuples from JSON only.
        catalog = _adapter().validate_json(content)
    except ValidationError as e:
        raise CatalogError("\n".join(map(_explain, e.errors()))) from e
    conflicts = [
        f"Service '{name}': {conflict}"
        for name, service in catalog.services.items()
        for conflict in _conflicts(catalog, name, service)
    ]
    if conflicts:
        raise CatalogError("\n".join(conflicts))
    catalog.release_order()
    return catalog


@functools.cache
def _adapter() -> TypeAdapter[Catalog]:
    return TypeAdapter(Catalog)


def json_schema() -> str:
    """The JSON schema of `catalog.yaml`, for editors: the text of `catalog.schema.json`."""
    schema = _adapter().json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2) + "\n"


class _Loader(yaml.CSafeLoader):
    """YAML without repeated keys: PyYAML would keep the last one and say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                msg = "'<<' is not taken. Write the keys out."
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                msg = f"the key {key!r} is not text. Put it in quotes."
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            if key in seen:
                msg = f"the key '{key}' is there twice. Remove one."
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _parse(text: str, where: Path) -> str:
    """The document as JSON. Raises `CatalogError` with the line when it is not YAML."""
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        # `str` is for dates. An alias may stand for what it is in.
        parsed = json.dumps(content, default=str)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        # What is missing at the end is noticed on the line after it.
        line = f", line {min(mark.line + 1, len(text.splitlines()) or 1)}" if mark else ""
        problem = str(getattr(e, "problem", None) or "is not YAML. Fix it.")
        if "cannot start any token" in problem:
            problem += (
                ". Indent with spaces, not tabs, and put text with such a character in quotes."
            )
        elif "another document" in problem:
            problem += ". Keep one, without '---' after it."
        raise CatalogError(f"{where}{line}: {problem}") from e
    except (ValueError, RecursionError) as e:
        # Of a date, number or alias that can't be: PyYAML says no line then.
        problem = (
            f"a value can't be read ({e}). Put text in quotes, and write out what '*' repeats."
        )
        raise CatalogError(f"{where}: {problem}") from e
    if content is None:
        raise CatalogError(f"{where}: is empty. Name the services under 'services:'.")
    return parsed


def _explain(found: ErrorDetails) -> str:
    """What pydantic found, as "Service 'api': port is 80. Use 1024 to 65535"."""
    value = found["input"]
    path = [part[:80] if isinstance(part, str) else str(part) for part in found["loc"]]
    message = _BY_TYPE.get(found["type"])
    if message is None:
        match found["loc"]:
            case ("services", _, "[key]"):
                message, path = "is not a good name. " + _NAME, path[:-1]
            case (*_, "[key]"):
                path = path[:-2]
            case (*_, int()):
                path = path[:-1]
            case (*_, "title" | "owner" | "paging") if not value.strip():
                message = "is empty. Say it."
        message = message or _BY_KEY.get(path[-1], "is {text}. {problem}.")
    words = message.format(
        value=value,
        text=repr(str(value)[:80]),
        expected=found.get("ctx", {}).get("expected"),
        problem=found["msg"],
    )
    match path:
        case ["services", name, *rest]:
            return f"Service '{name}': " + " ".join(filter(None, [".".join(rest), words]))
    return f"{'.'.join(path) or 'The catalogue'} {words}"


def _conflicts(catalog: Catalog, name: str, service: Service) -> Iterator[str]:
    """What takes two values to be wrong."""
    if name in RESERVED:
        yield "is the name of something beside the services. Use another."
    replicas, limits = service.replicas, service.rate_limits
    if replicas.max < replicas.min:
        yield f"replicas.max is {replicas.max}, below min {replicas.min}. Raise it."
    requested, most = service.resources.requests, service.resources.limits
    over = "resources.requests.{} is {}, above the limit {}. Lower it."
    if requested.millicores > most.millicores:
        yield over.format("cpu", requested.cpu, most.cpu)
    if requested.kibibytes > most.kibibytes:
        yield over.format("memory", requested.memory, most.memory)
    if limits.per_ip < limits.per_user:
        yield (
            f"rate_limits.per_ip is {limits.per_ip}, below per_user {limits.per_user}. Raise it: "
            "users share addresses."
        )
    for other in service.depends_on:
        if other not in catalog.services:
            yield f"depends_on names '{other:.80}', not in the catalogue. Add or remove it."
    if service.data != "none" and "postgresql" not in service.stores:
        yield f"data is {service.data}, but stores has no postgresql. Add it, or say none."
    if service.handles and service.data == "none":
        handled = ", ".join(service.handles)
        yield f"handles {handled}, but data is none. Say what its database holds."
