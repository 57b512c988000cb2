"""Releases go to the sandbox's cluster, by its own Airflow, under traffic through its edge."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.demo.story import not_installed
from sandbox.parts.context import Context
from tests.pipelines.releases.releasing import Releases
from tests.sandboxes import sandbox_of


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Context]:
    """The sandbox of these tests.

    Its gate allows for a machine that does other work: how it finds slow versions with the
    limit of production, `test_gate.py` shows.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDDAY_GATE_LATENCY_SECONDS", "10")
        with sandbox_of("releases") as found:
            yield found


@pytest.fixture(scope="session")
def pipeline(sandbox: Context) -> Iterator[Releases]:
    """The pipeline, whatever is released."""
    with contextlib.closing(Releases(sandbox)) as found:
        found.operator.await_dag()
        yield found


@pytest.fixture(scope="module")
def releases(sandbox: Context, pipeline: Releases) -> Releases:
    """The pipeline of a sandbox in which the demo's services run."""
    if new := not_installed(sandbox):
        run = pipeline.start(pipeline.version("first"), services=new)
        assert pipeline.follow(run) == "success", pipeline.evidence(run)["reason"]
    return pipeline
