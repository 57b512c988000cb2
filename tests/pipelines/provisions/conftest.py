"""Infrastructure goes to the sandbox's AWS API, by its own Airflow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.parts.context import Context
from tests.pipelines.provisions.provisioning import Provisions
from tests.sandboxes import sandbox_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What makes an environment from nothing goes first; to look for drift, it is there."""
    items.sort(key=lambda item: item.path.stem == "test_drift_check")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Context]:
    """The parts of a sandbox that these tests need, in a folder with spaces in its name."""
    with sandbox_of("provisions and drift", "airflow", "moto", "victoria-metrics") as found:
        yield found


@pytest.fixture(scope="session")
def _provisions(sandbox: Context) -> Iterator[Provisions]:
    with contextlib.closing(Provisions(sandbox)) as found:
        found.operator.await_dag()
        yield found


@pytest.fixture
def provisions(_provisions: Provisions) -> Iterator[Provisions]:
    """A sandbox whose environments a test may change; no run of it is left."""
    yield _provisions
    _provisions.end_all()
