"""What may go wrong with a call to another service.

DependencyError             did not answer, or not well
  NotAskedError             left alone, as it failed just before
  RefusedError              answered that the request is not right (4xx)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.problems import Problem

if TYPE_CHECKING:
    import httpx

_UNAVAILABLE = frozenset({502, 503, 504})
# What the caller can fix, so that it is told as the dependency said it.
_PASSED_ON = frozenset({400, 402, 403, 404, 409, 410, 413, 414, 422, 429, 431})


class DependencyError(Exception):
    """A dependency did not answer, or not well.

    status: what it answered; None where it did not.
    """

    def __init__(self, name: str, problem: str, status: int | None = None) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.status = status

    @property
    def may_pass(self) -> bool:
        """Whether trying again at once may help."""
        return self.status is None or self.status in _UNAVAILABLE

    def problem(self) -> Problem:
        """What a caller is told who can't be served without the dependency."""
        detail = f"No good answer from {self.name}, which this needs. Try again in a moment."
        return Problem(502 if self.status else 503, detail, {"Retry-After": "1"})


class NotAskedError(DependencyError):
    """A dependency is left alone, as it failed just before."""

    @property
    def may_pass(self) -> bool:
        """Not at once: that is what leaving alone means."""
        return False


class RefusedError(DependencyError):
    """A dependency answered 4xx. detail: what it said is wrong."""

    def __init__(self, name: str, answer: httpx.Response) -> None:
        super().__init__(name, f"answered {answer.status_code}", answer.status_code)
        self.detail = _detail(answer)
        self._wait = answer.headers.get("retry-after")

    @property
    def may_pass(self) -> bool:
        """The same request would be refused again."""
        return False

    def problem(self) -> Problem:
        """What the dependency said, where the caller can fix it."""
        if self.status not in _PASSED_ON:
            return super().problem()
        headers = {"Retry-After": self._wait} if self._wait else {}
        return Problem(self.status, self.detail, headers)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return "The request was refused."
