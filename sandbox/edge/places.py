"""Which backend of HAProxy's pool serves which port of a Service."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.edge.configuration import POOL, slot
from sandbox.edge.desired import Backend

NOWHERE = "nowhere"
"""No backend has this name: requests for it are answered with 503."""


class Places:
    """The pool. A port keeps its slot until it is released."""

    def __init__(self) -> None:
        self._free = list(range(POOL))
        self._taken: dict[Backend, int] = {}

    def give(self, wanted: Collection[Backend]) -> frozenset[Backend]:
        """Assign a slot to each that has none, in order; returns those for which none was free."""
        for backend in wanted:
            if self._free and backend not in self._taken:
                self._taken[backend] = self._free.pop(0)
        return frozenset(wanted) - self._taken.keys()

    def take_back(self, backend: Backend) -> None:
        """Release its slot; it has no server any more."""
        self._free.append(self._taken.pop(backend))

    def of(self, backend: Backend) -> str:
        """The backend of HAProxy that serves it; `NOWHERE` when none does."""
        return slot(self._taken[backend]) if backend in self._taken else NOWHERE

    def taken(self) -> frozenset[Backend]:
        """Those that have a slot."""
        return frozenset(self._taken)
