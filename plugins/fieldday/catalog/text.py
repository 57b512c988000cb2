"""Reading the catalogue's YAML, and saying in words what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from croniter import croniter
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fieldday.catalog import model
from fieldday.catalog.service import (
    A_MINUTE,
    CACHED,
    CPU,
    CRON,
    HOST,
    LIMIT,
    LINE,
    MEMORY,
    NAME,
    ONCE,
    PODS,
    PORT,
)

if TYPE_CHECKING:
    from fieldday.catalog.model import Catalog

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

_MENDS = {
    "missing": "is missing. Add it.",
    "unexpected_keyword_argument": "is not a key of the catalogue. Remove it.",
    "int_type": "is {input}. Use a whole number.",
    "string_type": "is {input}. Use text in quotes.",
    "tuple_type": "is {input}. Use a list.",
    "literal_error": "is {input}. Use {expected}.",
    "dict_type": "is {input}. Use keys and values.",
    "dataclass_type": "is {input}. Use keys and values.",
}


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


def parse(text: str, where: Path) -> str:
    """The document as JSON. Raises `CatalogError` with the line when it is not YAML."""
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        # `str` is for dates. An alias may stand for what it is in.
        parsed = json.dumps(content, default=str)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        # What is missing at the end is missed on the line after it.
        line = f", line {min(mark.line + 1, len(text.splitlines()) or 1)}" if mark else ""
        problem = str(getattr(e, "problem", None) or "is not YAML. Mend it.")
        if "cannot start any token" in problem:
            problem += (
                ". Indent with spaces, not tabs, and put text with such a character in quotes."
            )
        elif "another document" in problem:
            problem += ". Keep one, without '---' after it."
        raise model.CatalogError(f"{where}{line}: {problem}") from e
    except (ValueError, RecursionError) as e:
        # Of a date, number or alias that can't be: PyYAML says no line then.
        problem = (
            f"a value can't be read ({e}). Put text in quotes, and write out what '*' repeats."
        )
        raise model.CatalogError(f"{where}: {problem}") from e
    if content is None:
        raise model.CatalogError(f"{where}: is empty. Name the services under 'services:'.")
    return parsed


def explain(error: ValidationError) -> Iterator[str]:
    """One line for each thing that pydantic found."""
    for found in error.errors():
        yield _explain(found)


def _explain(found: ErrorDetails) -> str:
    match found["loc"]:
        case ("services", name, *rest):
            subject = f"Service '{name}': " + ".".join(map(str, rest))
        case location:
            subject = ".".join(map(str, location)) or "The catalogue"
    mend = _MENDS.get(found["type"])
    if mend is None:
        return f"{subject.removesuffix(' ')}: {found['msg']}."
    text = f"'{found['input']!s:.80}'"
    expected = found.get("ctx", {}).get("expected", "")
    return f"{subject.rstrip()} {mend.format(input=text, expected=expected)}"


def find_broken_rules(catalog: Catalog) -> list[str]:
    """What the types can't say, one line for each."""
    broken = []
    if not catalog.services:
        broken.append("services is empty. Name at least one service.")
    for name, service in catalog.services.items():
        problems = list(_problems(catalog, name, service))
        broken += [f"Service '{name:.80}': {problem}" for problem in problems]
    return broken


def _problems(catalog: Catalog, name: str, service: model.Service) -> Iterator[str]:
    if name not in NAME:
        yield "is not a good name. Use 1 to 40 lower-case letters, digits and dashes."
    if name in RESERVED:
        yield "is the name of something beside the services. Use another."
    for key in ("title", "owner", "paging"):
        said = getattr(service, key)
        if not said.strip():
            yield f"{key} is empty. Say it."
        elif said not in LINE:
            yield f"{key} is {said[:80]!r}. Use one line of text, without '|'."
    if service.port not in PORT:
        yield f"port is {service.port}. Use 1024 to 65535; lower ones need root."
    if service.cache_ttl_seconds not in CACHED:
        yield f"cache_ttl_seconds is {service.cache_ttl_seconds}. Use 0 to 86400 (a day)."
    yield from _size_problems(service)
    yield from _list_problems(catalog, service)
    yield from _task_problems(service)


def _size_problems(service: model.Service) -> Iterator[str]:
    if service.replicas.min not in PODS:
        yield f"replicas.min is {service.replicas.min}. Production needs at least 2."
    if service.replicas.max < service.replicas.min:
        yield (
            f"replicas.max is {service.replicas.max}, below min {service.replicas.min}. Raise it."
        )
    for where in ("requests", "limits"):
        quantity: model.Quantity = getattr(service.resources, where)
        if quantity.cpu not in CPU:
            yield f"resources.{where}.cpu is '{quantity.cpu:.80}'. Use cores, such as 100m or 1."
        if quantity.memory not in MEMORY:
            yield f"resources.{where}.memory is '{quantity.memory:.80}'. Use bytes, such as 128Mi."
    yield from _excess(service.resources)
    limits = service.rate_limits
    for key in ("per_user", "per_ip"):
        if getattr(limits, key) not in A_MINUTE:
            yield f"rate_limits.{key} is {getattr(limits, key)}. Use at least 1 a minute."
    if limits.per_ip < limits.per_user:
        yield (
            f"rate_limits.per_ip is {limits.per_ip}, below per_user {limits.per_user}. Raise it: "
            "users share addresses."
        )


def _excess(resources: model.Resources) -> Iterator[str]:
    for key in ("cpu", "memory"):
        requested, limit = (getattr(q, key) for q in (resources.requests, resources.limits))
        if _amount(requested) > _amount(limit) > 0:
            yield f"resources.requests.{key} is {requested}, above the limit {limit}. Lower it."


def _amount(text: str) -> int:
    """Thousandths of a core, or KiB; 0 where it is neither."""
    if text in CPU:
        return int(text.removesuffix("m")) * (1 if text.endswith("m") else 1000)
    if text in MEMORY:
        return int(text[:-2]) << 10 * "KMG".index(text[-2])
    return 0


def _list_problems(catalog: Catalog, service: model.Service) -> Iterator[str]:
    for other in service.depends_on:
        if other not in catalog.services:
            yield f"depends_on names '{other:.80}', not in the catalogue. Add or remove it."
    for key in ("depends_on", "stores", "calls_outside", "handles"):
        values = getattr(service, key)
        if values not in ONCE:
            yield f"{key} names something twice. Remove one."
    for host in service.calls_outside:
        if host not in HOST:
            yield f"calls_outside names '{host:.80}'. Use a host, such as api.stripe.com."
    if service.data != "none" and "postgresql" not in service.stores:
        yield f"data is {service.data}, but stores has no postgresql. Add it, or say none."
    if service.handles and service.data == "none":
        handled = ", ".join(service.handles)
        yield f"handles {handled}, but data is none. Say what its database holds."


def _task_problems(service: model.Service) -> Iterator[str]:
    for name, task in service.tasks.items():
        if name not in NAME:
            yield f"tasks has '{name:.80}'. Use 1 to 40 lower-case letters, digits and dashes."
        if task.schedule not in CRON or not croniter.is_valid(task.schedule):
            yield (
                f"tasks.{name:.80}.schedule is '{task.schedule:.80}'. "
                "Use five cron fields in numbers, such as '*/15 * * * *'."
            )
        if task.limit_seconds not in LIMIT:
            yield (
                f"tasks.{name:.80}.limit_seconds is {task.limit_seconds}. Use 1 to 86400 (a day)."
            )
