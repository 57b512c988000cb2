"""The API refuses what the form refuses, which `tests/dags` has field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.demo.airflow import Airflow
from sandbox.errors import SandboxError
from sandbox.parts.context import Context

pytestmark = pytest.mark.pipelines


@pytest.fixture(scope="module")
def operator(sandbox: Context) -> Iterator[Airflow]:
    with Airflow(sandbox, "operator") as found:
        found.await_dag()
        yield found


@pytest.mark.parametrize(("field", "value"), [("version", "-rf"), ("steps", [10, 50])])
def test_a_wrong_value_is_refused(operator: Airflow, field: str, value: Any) -> None:
    conf = {"services": ["api"], "reason": "A wrong value", field: value}
    with pytest.raises(SandboxError, match="400") as caught:
        operator.trigger(conf)
    assert field in str(caught.value)


def test_a_viewer_may_not_release(sandbox: Context) -> None:
    conf = {"services": ["api"], "reason": "Not allowed"}
    with Airflow(sandbox, "viewer") as viewer, pytest.raises(SandboxError, match="403"):
        viewer.trigger(conf)
