"""The end-to-end tests' options: which services, in which domain, behind which address.

    pytest tests/e2e --base-url=http://127.0.0.1:18080 --domain=staging.fieldday.localhost \\
        --services=api,auth --installed=api,auth,conditions

Of a service's dependencies, those that are installed are asked after; without `--installed`, all.
Without `--base-url` they are left out, so that they are no part of the project's own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

_SECONDS = 10.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("end-to-end tests")
    group.addoption("--base-url", help="where users' requests enter")
    group.addoption("--domain", default="fieldday.example", help="a service is <name>.<domain>")
    group.addoption("--services", default="", help="names, separated by commas")
    group.addoption("--installed", help="the services that are there, separated by commas")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests out when nobody says where to send requests."""
    here = Path(__file__).parent
    is_ours = collection_path.is_relative_to(here)
    return True if is_ours and not config.getoption("--base-url", None) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test once a service."""
    if "service" in metafunc.fixturenames:
        names = str(metafunc.config.getoption("--services"))
        metafunc.parametrize("service", [name for name in names.split(",") if name])


@pytest.fixture
def client(service: str, pytestconfig: pytest.Config) -> Iterator[httpx.Client]:
    """A user of the service."""
    host = f"{service}.{pytestconfig.getoption('--domain')}"
    with httpx.Client(
        base_url=str(pytestconfig.getoption("--base-url")),
        headers={"Host": host},
        timeout=_SECONDS,
        trust_env=False,
    ) as found:
        yield found
