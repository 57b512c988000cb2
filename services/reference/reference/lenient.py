"""Answers that do without a dependency that is not there, and say so."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from reference import logs
from reference.dependency_errors import DependencyError

T = TypeVar("T")

# There is nothing, or it is done already: the dependency itself is well.
_NOTHING = (404, 409)


class Lenient:
    """Calls that the answer to one request can do without."""

    def __init__(self) -> None:
        self._missed: set[str] = set()

    async def ask(self, answer: Awaitable[T]) -> T | None:
        """The answer; None where it can't be had, or there is nothing."""
        try:
            return await answer
        except DependencyError as e:
            if e.status not in _NOTHING:
                self._missed.add(e.name)
                logs.event("done without a dependency", logging.WARNING, error=str(e)[:300])
            return None

    @property
    def headers(self) -> dict[str, str]:
        """`X-Degraded` names the services that the answer had to do without."""
        return {"X-Degraded": ", ".join(sorted(self._missed))} if self._missed else {}
