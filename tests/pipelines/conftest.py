"""Whole releases in the sandbox's own Airflow, on its cluster, under traffic through its edge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.parts.context import Context
from sandbox.parts.services import services
from tests.pipelines.releasing import Releases


@pytest.fixture(scope="session")
def releases(sandbox: Context) -> Iterator[Releases]:
    """A sandbox in which all services have been released once."""
    found = Releases(sandbox)
    found.operator.await_dag()
    version = found.version("first")
    run = found.start(version, services=list(services()))
    assert found.follow(run) == "success", found.evidence(run)["reason"]
    yield found
    found.close()
