"""What a request names, or the answer that it is not there."""

from __future__ import annotations

from typing import TypeVar

from reference.operations import Call
from reference.problems import Problem
from reference.values import Record

T = TypeVar("T")


def found(record: Record[T] | None) -> Record[T]:
    """The record. Raises Problem (404): there is none."""
    if record is None:
        raise Problem(404, "There is nothing of this id.")
    return record


def own(record: Record[T] | None, call: Call) -> Record[T]:
    """The caller's own record.

    Raises Problem (404), for another's as for none: who asks learns nothing of what others have.
    """
    record = found(record)
    if record.owner != call.user:
        raise Problem(404, "There is nothing of this id.")
    return record


def adult(call: Call, what: str) -> None:
    """Raise Problem (403) where the caller is not of age. what: what only adults do."""
    if call.caller is None or not call.caller.adult:
        raise Problem(403, f"Only adults {what}. Ask a guardian to.")


def changed(record: Record[T] | None) -> Record[T]:
    """The record as it is now. Raises Problem (409): another request changed it first."""
    if record is None:
        raise Problem(409, "It was changed in this moment. Look at it and try again.")
    return record
