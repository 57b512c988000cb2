"""What the catalogue says of the services, and what each value may be.

Pydantic checks the values when the catalogue is loaded, and writes the same limits into the JSON
schema for editors.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, TypeVar

from croniter import croniter
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_T = TypeVar("_T")


class CatalogError(ValueError):
    """The catalogue can't be used. The text names the service, the key and the fix."""


def _distinct(values: tuple[_T, ...]) -> tuple[_T, ...]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "names something twice")
    return values


def _cron(schedule: str) -> str:
    if not croniter.is_valid(schedule):
        raise PydanticCustomError("cron", "is not a time")
    return schedule


_Distinct = Annotated[
    tuple[_T, ...], AfterValidator(_distinct), Field(json_schema_extra={"uniqueItems": True})
]
_Name = Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
# No line break, nor what would end a cell of a Markdown table; and not blank.
_Line = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029|]*[^\s\x00-\x1f\x7f-\x9f\u2028\u2029|]"
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029|]*$"
    ),
]
_Host = Annotated[str, Field(pattern=r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]
_Closed = Field(json_schema_extra={"additionalProperties": False})


class _Strict:
    """Nothing unknown, nothing converted."""

    __pydantic_config__: ClassVar = ConfigDict(
        extra="forbid", strict=True, use_attribute_docstrings=True
    )


@dataclass(frozen=True)
class Replicas(_Strict):
    """How many pods a service has in production."""

    min: Annotated[int, Field(ge=2)]
    """Fewest pods, at least 2, so that one may be lost."""
    # The loader compares it with `min`.
    max: Annotated[int, Field(json_schema_extra={"minimum": 2})]
    """Most pods that the autoscaler may start."""


@dataclass(frozen=True)
class Quantity(_Strict):
    """An amount of CPU and memory, in Kubernetes' notation."""

    cpu: Annotated[str, Field(pattern=r"^[1-9][0-9]*m?$")]
    """Cores, such as `100m` or `1`."""
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*[KMG]i$")]
    """Bytes with a unit, such as `128Mi`."""

    @property
    def millicores(self) -> int:
        """The CPU, in thousandths of a core."""
        return int(self.cpu[:-1]) if self.cpu.endswith("m") else 1000 * int(self.cpu)

    @property
    def kibibytes(self) -> int:
        """The memory, in KiB."""
        return int(self.memory[:-2]) << 10 * "KMG".index(self.memory[-2])


@dataclass(frozen=True)
class Resources(_Strict):
    """What one pod gets in production."""

    requests: Quantity
    """What the scheduler keeps free for it."""
    limits: Quantity
    """What it may use at most."""


@dataclass(frozen=True)
class RateLimits(_Strict):
    """How many requests a service takes before it answers 429, each minute."""

    per_user: Annotated[int, Field(ge=1)]
    """Of one signed-in user."""
    per_ip: Annotated[int, Field(ge=1)]
    """Of one address, behind which there may be many users."""


@dataclass(frozen=True)
class Task(_Strict):
    """One cron task."""

    schedule: Annotated[
        str, Field(pattern=r"^(?:[0-9*/,-]+ ){4}[0-9*/,-]+$"), AfterValidator(_cron)
    ]
    """When it starts, as five cron fields in UTC, such as `*/15 * * * *`."""
    limit_seconds: Annotated[int, Field(ge=1, le=86400)]
    """After how long it is ended, in seconds."""


@dataclass(frozen=True)
class Service(_Strict):
    """One backend service."""

    title: _Line
    """What it does, for people, in a few words."""
    tier: Literal["critical", "standard", "batch"]
    """How bad its loss is: critical pages at any hour, batch never."""
    data: Literal["transactional", "analytics", "none"]
    """What its database holds: `none` is what can be made again from elsewhere."""
    owner: _Line
    """The team that answers for it."""
    paging: _Line
    """The channel that is paged, such as `#page-platform`."""
    # Lower ports need root.
    port: Annotated[int, Field(ge=1024, le=65535)]
    """The port that its container listens on."""
    resources: Resources
    """What one pod gets in production."""
    replicas: Replicas
    """How many pods it has in production."""
    rate_limits: RateLimits
    """How many requests a minute it takes of one user and of one address."""
    depends_on: _Distinct[str] = ()
    """The services that it calls."""
    calls_outside: _Distinct[_Host] = ()
    """The hosts on the internet that it calls, by HTTPS."""
    stores: _Distinct[Literal["postgresql", "redis", "s3"]] = ()
    """The stores that it connects to."""
    cache_ttl_seconds: Annotated[int, Field(ge=0, le=86400)] = 300
    """How long it may serve a cached answer, in seconds."""
    handles: _Distinct[Literal["cards", "minors", "personal"]] = ()
    """What needs care: payment cards, minors' data, personal data that must be erased on demand."""
    tasks: Annotated[Mapping[_Name, Task], _Closed] = field(default_factory=dict)
    """Its cron tasks by name."""
    task_command: tuple[str, ...] = ()
    """What runs a cron task in its image, the task's name as last argument; empty: the chart's."""
    test_command: tuple[str, ...] = ()
    """What `helm test` runs in its image, to ask `$(URL)`; empty: the chart's."""


@dataclass(frozen=True)
class Catalog(_Strict):
    """All services by name. Checked: every dependency is known, and none is circular."""

    services: Annotated[Mapping[_Name, Service], Field(min_length=1), _Closed]
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
        depend on each other come by name, so that the order is always the same. A release set is
        rolled back in reverse. Raises `CatalogError` for an unknown name.
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
