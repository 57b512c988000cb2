"""What the tests of the Terraform configurations share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform.checking import Checks
from tests.terraform.figures import Figures
from tests.terraform.targets import Target

_FIGURES = pytest.StashKey[Figures]()
# The first test that asks waits for what is built once, and for those that are checked before it.
_WAIT_SECONDS = 1800


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no figures."""
    config.stash[_FIGURES] = Figures()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what runs Terraform the time it takes."""
    for item in items:
        if item.get_closest_marker("terraform"):
            item.add_marker(pytest.mark.timeout(_WAIT_SECONDS))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say at the end what was proved."""
    figures = config.stash[_FIGURES]
    if lines := figures.lines():
        terminalreporter.section("terraform")
        for line in lines:
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"report: {figures.write()}")


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """What the proof comes to, shown at the end."""
    return pytestconfig.stash[_FIGURES]


@pytest.fixture(scope="session")
def checks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Checks]:
    """All targets of the tests that were asked for, being checked side by side."""
    checks = Checks(tmp_path_factory.mktemp("terraform"))
    wanted: set[Target] = {
        target
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if isinstance(target := item.callspec.params.get("target"), Target)
    }
    # The longest first, so that no processor is idle at the end.
    if any("scan" in getattr(item, "fixturenames", ()) for item in request.session.items):
        checks.scan()
    for target in sorted(wanted, key=_effort, reverse=True):
        checks.start(target)
    yield checks
    checks.close()


def _effort(target: Target) -> int:
    return sum(p.read_text().count("\nrun ") for p in Path(target.folder).glob("tests/*.hcl"))
