"""Whole releases in the sandbox's own Airflow, on its cluster, under traffic through its edge."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.demo.services import SERVICES
from sandbox.demo.story import is_installed
from sandbox.parts.context import Context
from tests.pipelines.releasing import Releases


@pytest.fixture(scope="session")
def releases(sandbox: Context) -> Iterator[Releases]:
    """A sandbox in which the demo's services have been released once."""
    with contextlib.closing(Releases(sandbox)) as found:
        found.operator.await_dag()
        if not is_installed(sandbox):
            run = found.start(found.version("first"), services=list(SERVICES))
            assert found.follow(run) == "success", found.evidence(run)["reason"]
        yield found
