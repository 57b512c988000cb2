"""What the catalogue says of one service. Its rules are in `fieldday.catalog_text`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

PYDANTIC = {"extra": "forbid", "strict": True, "use_attribute_docstrings": True}
"""How pydantic reads the catalogue: nothing unknown, nothing converted."""


@dataclass(frozen=True)
class Replicas:
    """How many pods a service has in production."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    min: int
    """Fewest pods, at least 2, so that one may be lost."""
    max: int
    """Most pods that the autoscaler may start."""


@dataclass(frozen=True)
class Quantity:
    """An amount of CPU and memory, in Kubernetes' notation."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    cpu: str
    """Cores, such as `100m` or `1`."""
    memory: str
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

    per_user: int
    """Of one signed-in user."""
    per_ip: int
    """Of one address, behind which there may be many users."""


@dataclass(frozen=True)
class Task:
    """One cron task."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    schedule: str
    """When it starts, as five cron fields in UTC, such as `*/15 * * * *`."""
    limit_seconds: int
    """After how long it is ended, in seconds."""


@dataclass(frozen=True)
class Service:
    """One backend service."""

    __pydantic_config__: ClassVar[dict[str, Any]] = PYDANTIC

    title: str
    """What it does, for people, in a few words."""
    tier: Literal["critical", "standard", "batch"]
    """How bad its loss is: critical pages at any hour, batch never."""
    data: Literal["transactional", "analytics", "none"]
    """What its database holds: `none` is what can be made again from elsewhere."""
    owner: str
    """The team that answers for it."""
    paging: str
    """The channel that is paged, such as `#page-platform`."""
    port: int
    """The port that its container listens on."""
    resources: Resources
    """What one pod gets in production."""
    replicas: Replicas
    """How many pods it has in production."""
    rate_limits: RateLimits
    """How many requests a minute it takes of one user and of one address."""
    depends_on: tuple[str, ...] = ()
    """The services that it calls."""
    calls_outside: tuple[str, ...] = ()
    """The hosts on the internet that it calls, by HTTPS."""
    stores: tuple[Literal["postgresql", "redis", "s3"], ...] = ()
    """The stores that it connects to."""
    cache_ttl_seconds: int = 300
    """How long it may serve a cached answer, in seconds."""
    handles: tuple[Literal["cards", "minors", "personal"], ...] = ()
    """What needs care: payment cards, minors' data, personal data that must be erased on demand."""
    tasks: Mapping[str, Task] = field(default_factory=dict)
    """Its cron tasks by name."""
