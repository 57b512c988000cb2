"""What all tests share: a whole sandbox of their own, brought up when the first test asks."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from sandbox import processes
from sandbox.down import down, purge
from sandbox.layout import CHECKOUT, Layout
from sandbox.parts.context import Context
from sandbox.progress import Progress
from sandbox.up import up

# How long an example takes is the machine's affair; what a failure needs to be seen again is shown.
hypothesis.settings.register_profile(
    "fieldday",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("fieldday")

# A shell that starts the tests in the background has Ctrl-C ignored, also by what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The first test that asks waits for the start, on a fresh machine also for the build.
_START_SECONDS = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that need the sandbox the time that its start takes."""
    for item in items:
        if "sandbox" in getattr(item, "fixturenames", ()) and not item.get_closest_marker(
            "timeout"
        ):
            item.add_marker(pytest.mark.timeout(_START_SECONDS))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Context]:
    """A running sandbox, apart from the user's own, gone without a trace afterwards.

    With `FIELDDAY_SANDBOX_ROOT` that one is used, mended if need be, and left running: much
    quicker while one works on a test.
    """
    root = os.environ.get("FIELDDAY_SANDBOX_ROOT")
    # Always the same place, so that what a killed run left is found by the next.
    layout = Layout(Path(root).resolve()) if root else Layout(CHECKOUT / ".sandbox" / "tests")
    if not root:
        _remove(layout)
    context = Context.of(layout)
    with Progress() as progress:
        up(context, progress)
    yield context
    if not root:
        _remove(layout)
        assert processes.marked(layout) == []


def _remove(layout: Layout) -> None:
    if layout.root.exists():
        with Progress() as progress:
            down(Context.of(layout), progress)
        purge(layout)
