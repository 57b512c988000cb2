"""Why a task failed, left for the evidence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from fieldday.errors import FieldDayError

KEY = "error"
"""Of the XCom that has the reason in words."""


@contextlib.contextmanager
def kept(ti: Any) -> Iterator[None]:
    """Leave the reason when a task fails for one that this library gives."""
    try:
        yield
    except FieldDayError as e:
        ti.xcom_push(key=KEY, value=str(e))
        raise
