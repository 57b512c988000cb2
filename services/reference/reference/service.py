"""The parts of the service that operations work with."""

from __future__ import annotations

from dataclasses import dataclass

from reference.cache import Cache
from reference.database import Database
from reference.dependencies import Dependencies
from reference.faults import Faults
from reference.identity.verifier import Verifier
from reference.metrics import Metrics
from reference.observed import Draining
from reference.settings import Settings


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
    draining: Draining
