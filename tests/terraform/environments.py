"""A test that plans a root with nothing but an environment's variables."""

from __future__ import annotations

import re
from pathlib import Path

ENVIRONMENT_TESTS = "environment-tests"

_PROVIDER = re.compile(
    r'^provider "(?P<name>[\w-]+)" \{\n(?P<body>.*?)^\}', re.DOTALL | re.MULTILINE
)
_ALIAS = re.compile(r'^\s*alias\s*=\s*"([\w-]+)"', re.MULTILINE)


def write_environment_test(folder: Path) -> None:
    """Write the test into a root's folder; each provider is mocked under each of its aliases."""
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    mocks = [_mock(m["name"], _ALIAS.search(m["body"])) for m in _PROVIDER.finditer(text)]
    tests = folder / ENVIRONMENT_TESTS
    tests.mkdir()
    plan = 'run "plan" {\n  command = plan\n}\n'
    (tests / "plan.tftest.hcl").write_text("\n".join([*mocks, plan]))


def _mock(name: str, alias: re.Match[str] | None) -> str:
    body = f'\n  alias = "{alias[1]}"\n' if alias else ""
    return f'mock_provider "{name}" {{{body}}}\n'
