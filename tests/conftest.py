"""What all tests share: a whole sandbox of their own, brought up when the first test asks."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import hypothesis
import pytest

from sandbox.parts.context import Context
from tests.sandboxes import WITHOUT_AIRFLOW, sandbox_of

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
_START_SECONDS = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that need the sandbox the time that its start takes."""
    for item in items:
        if "sandbox" in getattr(item, "fixturenames", ()) and not item.get_closest_marker(
            "timeout"
        ):
            item.add_marker(pytest.mark.timeout(_START_SECONDS))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Context]:
    """A running sandbox whose parts may be killed. Folders that need another have their own.

    Without Airflow: the few tests that are about it start it.
    """
    with sandbox_of("parts", *WITHOUT_AIRFLOW) as found:
        yield found
