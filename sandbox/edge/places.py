"""Which backend of HAProxy's pool serves which port of a Service."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.edge.configuration import POOL, slot
from sandbox.edge.desired import Backend

NOWHERE = "nowhere"
"""No backend has this name: a request that is sent there is answered with 503."""


class Places:
    """The pool. Who has a place keeps it until it is given up."""

    def __init__(self) -> None:
        self._free = list(range(POOL))
        self._taken: dict[Backend, int] = {}

    def give(self, wanted: Collection[Backend]) -> frozenset[Backend]:
        """Give a place to each that has none, in their order; returns those that found none."""
        for backend in wanted:
            if self._free and backend not in self._taken:
                self._taken[backend] = self._free.pop(0)
        return frozenset(wanted) - self._taken.keys()

    def take_back(self, backend: Backend) -> None:
        """Give its place to others; it has no server any more."""
        self._free.append(self._taken.pop(backend))

    def of(self, backend: Backend) -> str:
        """The backend of HAProxy that serves it; `NOWHERE` when none does."""
        return slot(self._taken[backend]) if backend in self._taken else NOWHERE

    def taken(self) -> frozenset[Backend]:
        """Those that have a place."""
        return frozenset(self._taken)
