"""What the catalogue says of one service. Its rules are in `fieldday.catalog.text`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from fieldday.catalog.bounds import Named, Once, Shape, Within

PYDANTIC = {"extra": "forbid", "strict": True, "use_attribute_docstrings": True}
"""How pydantic reads the catalogue: nothing unknown, nothing converted."""

NAME = Shape(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
# No line break, nor what would end a cell of a Markdown table.
LINE = Shape(r"(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029|]*")
CPU = Shape(r"[1-9][0-9]*m?")
MEMORY = Shape(r"[1-9][0-9]*[KMG]i")
HOST = Shape(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
CRON = Shape(r"(?:[0-9*/,-]+ ){4}[0-9*/,-]+")
# Lower ports need root.
PORT = Within(1024, 65535)
PODS = Within(2)
A_MINUTE = Within(1)
CACHED = Within(0, 86400)
LIMIT = Within(1, 86400)
ONCE = Once()


@dataclass(frozen=True)
class Replicas:
    """How many pods a service has in production."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    min: Annotated[int, PODS]
    """Fewest pods, at least 2, so that one may be lost."""
    max: Annotated[int, PODS]
    """Most pods that the autoscaler may start."""


@dataclass(frozen=True)
class Quantity:
    """An amount of CPU and memory, in Kubernetes' notation."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    cpu: Annotated[str, CPU]
    """Cores, such as `100m` or `1`."""
    memory: Annotated[str, MEMORY]
    """Bytes with a unit, such as `128Mi`."""


@dataclass(frozen=True)
class Resources:
    """What one pod gets in production."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    requests: Quantity
    """What the scheduler keeps free for it."""
    limits: Quantity
    """What it may use at most."""


@dataclass(frozen=True)
class RateLimits:
    """How many requests a service takes before it answers 429, each minute."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    per_user: Annotated[int, A_MINUTE]
    """Of one signed-in user."""
    per_ip: Annotated[int, A_MINUTE]
    """Of one address, behind which there may be many users."""


@dataclass(frozen=True)
class Task:
    """One cron task."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    schedule: Annotated[str, CRON]
    """When it starts, as five cron fields in UTC, such as `*/15 * * * *`."""
    limit_seconds: Annotated[int, LIMIT]
    """After how long it is ended, in seconds."""


@dataclass(frozen=True)
class Service:
    """One backend service."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    title: Annotated[str, LINE]
    """What it does, for people, in a few words."""
    tier: Literal["critical", "standard", "batch"]
    """How bad its loss is: critical pages at any hour, batch never."""
    data: Literal["transactional", "analytics", "none"]
    """What its database holds: `none` is what can be made again from elsewhere."""
    owner: Annotated[str, LINE]
    """The team that answers for it."""
    paging: Annotated[str, LINE]
    """The channel that is paged, such as `#page-platform`."""
    port: Annotated[int, PORT]
    """The port that its container listens on."""
    resources: Resources
    """What one pod gets in production."""
    replicas: Replicas
    """How many pods it has in production."""
    rate_limits: RateLimits
    """How many requests a minute it takes of one user and of one address."""
    depends_on: Annotated[tuple[str, ...], ONCE] = ()
    """The services that it calls."""
    calls_outside: Annotated[tuple[Annotated[str, HOST], ...], ONCE] = ()
    """The hosts on the internet that it calls, by HTTPS."""
    stores: Annotated[tuple[Literal["postgresql", "redis", "s3"], ...], ONCE] = ()
    """The stores that it connects to."""
    cache_ttl_seconds: Annotated[int, CACHED] = 300
    """How long it may serve a cached answer, in seconds."""
    handles: Annotated[tuple[Literal["cards", "minors", "personal"], ...], ONCE] = ()
    """What needs care: payment cards, minors' data, personal data that must be erased on demand."""
    tasks: Annotated[Mapping[Annotated[str, NAME], Task], Named()] = field(default_factory=dict)
    """Its cron tasks by name."""
    task_command: tuple[str, ...] = ()
    """What runs a cron task in its image, the task's name as last argument; empty: the chart's."""
    test_command: tuple[str, ...] = ()
    """What `helm test` runs in its image, to ask `$(URL)`; empty: the chart's."""
