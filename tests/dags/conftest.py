"""Airflow with nothing of the person's own, and the project's DAGs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tests.airflow_home  # noqa: F401 - before any test imports Airflow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """All DAGs by name."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    return dict(bag.dags)
