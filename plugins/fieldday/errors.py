"""What can go wrong, and whether trying again helps.

    FieldDayError
    ├── Permanent             trying again changes nothing
    │   ├── Invalid           a value that a person gave is wrong
    │   └── CommandMissing    a program is not installed          (fieldday.processes)
    ├── Retryable             trying again after `delay` may help
    │   └── CommandTimedOut   a program took too long             (fieldday.processes)
    └── CommandFailed         a program exited with an error       (fieldday.processes)

Every text that a person may read is "thing: problem. Fix." An error that is neither `Permanent`
nor `Retryable` leaves it to the caller's ordinary retries. `fieldday.airflow.retries` maps these
to Airflow's, and is the only place that does.
"""

from __future__ import annotations


class FieldDayError(Exception):
    """The root of all errors that this library raises on purpose."""


class Permanent(FieldDayError):  # noqa: N818 - named as the design names it
    """Trying again changes nothing: a person has to act first."""


class Retryable(FieldDayError):  # noqa: N818 - likewise
    """Trying again may help, not sooner than `delay` seconds from now."""

    def __init__(self, message: str, *, delay: float = 10.0) -> None:
        super().__init__(message)
        self.delay = delay

    def __reduce__(self) -> tuple[object, ...]:
        return _retryable, (type(self), self.args, self.delay)


class Invalid(Permanent):
    """A value that a person gave is wrong.

    `field` is its name in the form, `problem` what is wrong with it (without a full stop), `fix`
    what would be right (a sentence). Both quote values by `quoted`, so the text stays one line.
    """

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(f"{field}: {problem}. {fix}")
        self.field = field
        self.problem = problem
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.field, self.problem, self.fix)


def quoted(value: object, limit: int = 60) -> str:
    """`value` for an error's text: one printable line of at most about `limit` characters."""
    text = value if isinstance(value, str) else repr(value)
    shown = text[:limit].encode("unicode_escape").decode("ascii")[:limit]
    return f"'{shown}…' ({len(text)} characters)" if len(text) > limit else f"'{shown}'"


def _retryable(kind: type[Retryable], args: tuple[str, ...], delay: float) -> Retryable:
    error = kind.__new__(kind)
    error.args = args
    error.delay = delay
    return error
