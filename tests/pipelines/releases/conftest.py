"""Releases go to the sandbox's cluster, by its own Airflow, under traffic through its edge."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.demo.services import SERVICES
from sandbox.demo.story import is_installed
from sandbox.parts.context import Context
from tests.pipelines.releases.releasing import Releases
from tests.sandboxes import sandbox_of


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Context]:
    """The sandbox of these tests."""
    with sandbox_of("releases") as found:
        yield found


@pytest.fixture(scope="session")
def releases(sandbox: Context) -> Iterator[Releases]:
    """A sandbox in which the demo's services have been released once."""
    with contextlib.closing(Releases(sandbox)) as found:
        found.operator.await_dag()
        if not is_installed(sandbox):
            run = found.start(found.version("first"), services=list(SERVICES))
            assert found.follow(run) == "success", found.evidence(run)["reason"]
        yield found
