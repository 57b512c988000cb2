"""Where the tests of an environment are: its own, or one that only plans.

A root's own are in `tests/<environment>/`, so that they are run with that environment's variables.
"""

from __future__ import annotations

import re
from pathlib import Path

_PLANNED = "environment-tests"

_PROVIDER = re.compile(
    r'^provider "(?P<name>[\w-]+)" \{\n(?P<body>.*?)^\}', re.DOTALL | re.MULTILINE
)
_ALIAS = re.compile(r'^\s*alias\s*=\s*"([\w-]+)"', re.MULTILINE)


def tests_of(folder: Path, environment: str) -> str:
    """The folder, below the root's, with the tests of an environment."""
    own = Path("tests", environment)
    if any(folder.glob(f"{own}/*.tftest.hcl")):
        return str(own)
    if not (folder / _PLANNED).exists():
        _write_plan(folder)
    return _PLANNED


def _write_plan(folder: Path) -> None:
    """Write a test that plans and no more; each provider is mocked under each of its aliases."""
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    mocks = [_mock(m["name"], _ALIAS.search(m["body"])) for m in _PROVIDER.finditer(text)]
    tests = folder / _PLANNED
    tests.mkdir()
    plan = 'run "plan" {\n  command = plan\n}\n'
    (tests / "plan.tftest.hcl").write_text("\n".join([*mocks, plan]))


def _mock(name: str, alias: re.Match[str] | None) -> str:
    body = f'\n  alias = "{alias[1]}"\n' if alias else ""
    return f'mock_provider "{name}" {{{body}}}\n'
