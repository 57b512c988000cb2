"""Whole pipelines in the sandbox's own Airflow.

Releases go to its cluster, under traffic through its edge; infrastructure to its AWS API.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.demo.services import SERVICES
from sandbox.demo.story import is_installed
from sandbox.parts.context import Context
from tests.pipelines.provisioning import Provisions
from tests.pipelines.releasing import Releases


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


@pytest.fixture(scope="session")
def releases(sandbox: Context) -> Iterator[Releases]:
    """A sandbox in which the demo's services have been released once."""
    with contextlib.closing(Releases(sandbox)) as found:
        found.operator.await_dag()
        if not is_installed(sandbox):
            run = found.start(found.version("first"), services=list(SERVICES))
            assert found.follow(run) == "success", found.evidence(run)["reason"]
        yield found
