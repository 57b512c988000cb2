"""The parts of the service that operations work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reference.cache import Cache
from reference.database import Database
from reference.dependencies import Dependencies
from reference.faults import Faults
from reference.identity.jwks import PublishedKeys
from reference.identity.own_token import OwnToken
from reference.identity.verifier import Verifier
from reference.metrics import Metrics
from reference.observed import Draining
from reference.profiler import Profiler
from reference.rates import Rates
from reference.settings import Settings

if TYPE_CHECKING:
    from reference.identity.authority import Authority


@dataclass(frozen=True)
class Service:
    """One a process."""

    settings: Settings
    faults: Faults
    metrics: Metrics
    database: Database
    cache: Cache
    dependencies: Dependencies
    verifier: Verifier
    rates: Rates
    own_token: OwnToken
    draining: Draining
    authority: Authority | None = None
    """Gives out the tokens; None but in `auth`."""
    profiler: Profiler = field(default_factory=Profiler)

    async def close(self) -> None:
        """Close all connections, and end what is measured."""
        self.profiler.stop()
        parts = (self.dependencies, self.cache, self.rates, self.database)
        await asyncio.gather(*(part.close() for part in parts))


def assemble(settings: Settings, faults: Faults, draining: Draining | None = None) -> Service:
    """The parts as these settings want them. Nothing connects yet: `database.open` does."""
    metrics = Metrics(settings)
    prefix = f"{settings.service}:{settings.environment}:"
    dependencies = Dependencies(
        settings.dependencies,
        settings.dependency_timeout_seconds,
        metrics,
        settings.dependency_try_seconds,
    )
    database = Database(settings.database_url, metrics, settings.database_connections)
    authority = _authority(settings, database)
    keys = authority.keys if authority else PublishedKeys(dependencies)
    return Service(
        settings=settings,
        faults=faults,
        metrics=metrics,
        database=database,
        cache=Cache(settings.cache_url, prefix, settings.cache_ttl_seconds, metrics),
        dependencies=dependencies,
        verifier=Verifier(settings.issuer, settings.audience, keys.find),
        rates=Rates(settings.limits, settings.cache_url, prefix, metrics),
        own_token=OwnToken(dependencies, settings.service, settings.client_secret),
        draining=draining or Draining(),
        authority=authority,
    )


def _authority(settings: Settings, database: Database) -> Authority | None:
    if settings.service != "auth":
        return None
    # Imported here: what it takes to make keys is a tenth of a second that only `auth` spends.
    from reference.identity.authority import Authority

    return Authority(settings, database)
