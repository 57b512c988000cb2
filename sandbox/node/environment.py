"""A container's environment, in the kubelet's order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.apiclient.api import Object
from sandbox.node.downward import ConfigError, Downward
from sandbox.node.expansion import expand
from sandbox.node.sources import Sources

# What a shell can carry; the node starts containers through one.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Environment:
    """The variables that a container's spec asks for."""

    values: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    """Keys of ConfigMaps and Secrets that are no names for variables."""


async def build(
    container: Object, sources: Sources, downward: Downward, services: Mapping[str, str]
) -> Environment:
    """The variables of `envFrom`, then of `env`; `services` are those that a cluster always gives.

    Raises ConfigError, ApiError, UnreachableError.
    """
    result = Environment(dict(services))
    for source in container.get("envFrom") or []:
        await _from(source, sources, result)
    # References see the variables before them in `env`, not those of `envFrom`.
    seen = dict(services)
    for variable in container.get("env") or []:
        name = variable["name"]
        value = await _value(variable, container["name"], sources, downward, seen)
        if value is None:
            continue
        seen[name] = value
        if _NAME.fullmatch(name):
            result.values[name] = value
        else:
            result.skipped.append(name)
    return result


async def _from(source: Object, sources: Sources, result: Environment) -> None:
    if reference := source.get("configMapRef"):
        read = sources.config_map
    else:
        reference, read = source["secretRef"], sources.secret
    entries = await read(reference["name"], optional=bool(reference.get("optional")))
    for key, value in entries.items():
        name = (source.get("prefix") or "") + key
        if _NAME.fullmatch(name):
            result.values[name] = _decoded(value, key)
        else:
            result.skipped.append(name)


async def _value(
    variable: Object,
    container: str,
    sources: Sources,
    downward: Downward,
    seen: Mapping[str, str],
) -> str | None:
    """None when an optional key is absent: the variable is then not set at all."""
    reference = variable.get("valueFrom")
    if not reference:
        return expand(str(variable.get("value") or ""), seen)
    if source := reference.get("fieldRef"):
        return downward.field(source["fieldPath"])
    if source := reference.get("resourceFieldRef"):
        return downward.resource(source, container)
    if source := reference.get("configMapKeyRef"):
        kind, read = "configmap", sources.config_map
    else:
        source, kind, read = reference["secretKeyRef"], "secret", sources.secret
    optional = bool(source.get("optional"))
    entries = await read(source["name"], optional=optional)
    if source["key"] in entries:
        return _decoded(entries[source["key"]], source["key"])
    if optional:
        return None
    namespace = sources.pod["metadata"]["namespace"]
    what = "ConfigMap" if kind == "configmap" else "Secret"
    msg = f"couldn't find key {source['key']} in {what} {namespace}/{source['name']}"
    raise ConfigError(msg)


def _decoded(value: bytes, key: str) -> str:
    # A process's environment is bytes without NUL; anything else in it is kept as it is.
    if b"\0" in value:
        msg = f"key {key} holds a NUL byte, which no environment variable can"
        raise ConfigError(msg)
    return value.decode(errors="surrogateescape")
