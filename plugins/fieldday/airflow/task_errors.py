"""Why a task failed, left for the evidence."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from airflow.sdk import get_current_context

from fieldday.errors import FieldDayError

P = ParamSpec("P")
R = TypeVar("R")

KEY = "error"
"""Of the XCom that has the reason in words."""


@contextlib.contextmanager
def kept(ti: Any) -> Iterator[None]:
    """Leave the reason when a task fails for one that this library raises."""
    try:
        yield
    except FieldDayError as e:
        ti.xcom_push(key=KEY, value=str(e))
        raise


def says_why(function: Callable[P, R]) -> Callable[P, R]:
    """Leave the reason of a failure of this task for the evidence."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with kept(get_current_context()["ti"]):
            return function(*args, **kwargs)

    return wrapped
