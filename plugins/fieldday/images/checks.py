"""The checks that a source declares: lint and unit tests, as its own settings say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldday.images.build_spec import load
from fieldday.processes import run, trimmed

_SECONDS = 180
_NO_TESTS = 5
# Nothing is written into the source, which may be somebody else's.
_CLEAN = {"PYTHONDONTWRITEBYTECODE": "1", "RUFF_NO_CACHE": "true"}


@dataclass(frozen=True)
class Check:
    """How one check ended."""

    name: str
    passed: bool
    text: str
    """Its last words, or what it found."""
    seconds: float


@dataclass(frozen=True)
class Report:
    """All checks of a source."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all did."""
        return all(check.passed for check in self.checks)

    @property
    def text(self) -> str:
        """What failed, in words."""
        return " ".join(f"{c.name}: {c.text}" for c in self.checks if not c.passed)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}


def run_checks(source: Path) -> Report:
    """Run a source's own checks, side by side.

    Raises `Retryable`: a check was not done after 3 minutes. Raises `Permanent`: its program is
    not installed, or the source's `build.yaml` can't be used.
    """
    commands = load(source).checks
    with ThreadPoolExecutor() as pool:
        checks = pool.map(lambda item: _check(source, *item), commands.items())
        return Report(tuple(checks))


def _check(source: Path, name: str, words: tuple[str, ...]) -> Check:
    done = run(
        words,
        timeout=_SECONDS,
        cwd=source,
        env=_CLEAN,
        check=False,
        bare=True,
    )
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    if "pytest" in words and done.code == _NO_TESTS:
        return Check(name, False, "there are none. Add some to tests/.", done.seconds)
    # What went well is told by the last line, what did not by all of them.
    passed = done.code == 0
    text = said[-1] if passed and said else trimmed("\n".join(said), 1500)
    return Check(name, passed, text, round(done.seconds, 2))
