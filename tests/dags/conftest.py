"""Airflow with nothing of the person's own."""

import tests.airflow_home  # noqa: F401 - before any test imports Airflow
