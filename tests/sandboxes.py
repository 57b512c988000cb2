"""Sandboxes of the tests' own, apart from the user's and from each other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from sandbox import processes
from sandbox.down import down, purge
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.context import Context
from sandbox.progress import Progress
from sandbox.up import up

PARTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "node",
    "registry",
    "edge",
    "victoria-metrics",
    "moto",
    "postgresql",
    "valkey",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
)
# Its start takes as long as that of all others together.
WITHOUT_AIRFLOW = tuple(name for name in PARTS if not name.startswith("airflow-"))


@contextlib.contextmanager
def sandbox_of(tests: str, *parts: str) -> Iterator[Context]:
    """A running sandbox, or these parts of one, for a group of tests; gone without a trace then.

    Groups have one each, so that they can run side by side: one kills parts, another must not
    lose a request meanwhile. With `FIELDDAY_SANDBOX_ROOT` that one is used, fixed if need be, and
    left running: much quicker while one works on a test.
    """
    if root := os.environ.get("FIELDDAY_SANDBOX_ROOT"):
        yield _started(Layout(Path(root).resolve()), parts)
        return
    # Always the same place, so that what a killed run left is found by the next.
    layout = Layout(CHECKOUT / ".sandbox" / "tests" / tests)
    _remove(layout)
    try:
        yield _started(layout, parts)
    finally:
        # Also what a start that failed has left.
        _remove(layout)
    assert processes.marked(layout) == []


def _started(layout: Layout, parts: Collection[str]) -> Context:
    context = Context.of(layout)
    with Progress() as progress:
        up(context, progress, parts)
    return context


def _remove(layout: Layout) -> None:
    if layout.root.exists():
        with Progress() as progress:
            down(Context.of(layout), progress)
        purge(layout)
