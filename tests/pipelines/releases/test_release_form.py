"""What the form refuses before anything runs, field by field."""

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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("services", []),
        ("services", ["nothing"]),
        ("services", "api"),
        ("services", ["api", "api"]),
        ("version", "-rf"),
        ("version", "1.0\n"),
        ("version", "x" * 10_000),
        ("version", "a/b"),
        ("source", ""),
        ("reason", ""),
        ("reason", "two\nlines"),
        ("strategy", "hope"),
        ("steps", []),
        ("steps", [10, 50]),
        ("steps", [0, 100]),
        ("gate_seconds", 1),
        ("gate_seconds", "ten"),
        ("approval_minutes", 0),
    ],
)
def test_a_wrong_value_is_refused(operator: Airflow, field: str, value: Any) -> None:
    conf = {"services": ["api"], "reason": "A wrong value", field: value}
    with pytest.raises(SandboxError, match="400") as caught:
        operator.trigger(conf)
    assert field in str(caught.value)


def test_a_viewer_may_not_release(sandbox: Context) -> None:
    conf = {"services": ["api"], "reason": "Not allowed"}
    with Airflow(sandbox, "viewer") as viewer, pytest.raises(SandboxError, match="403"):
        viewer.trigger(conf)
