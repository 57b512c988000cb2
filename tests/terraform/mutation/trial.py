"""Trying mutants: each is put into a copy, and whoever notices first has killed it."""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tests.terraform.checking import Checks
from tests.terraform.mutation.sample import Placed
from tests.terraform.running import Terraform, TerraformError
from tests.terraform.scanning import checkov
from tests.terraform.targets import Target

Verdict = Literal["validate", "test", "checkov", "survived", "endless"]
# A test of a module takes seconds; a mutant that hangs is noticed by whoever waits for it.
_TEST_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """What became of one mutant."""

    placed: Placed
    verdict: Verdict
    """Who noticed it."""
    seconds: float


class Notes(Protocol):
    """Is told what became of each mutant; from several threads at once."""

    def __call__(self, result: Result) -> None:
        """A mutant was tried."""

    def is_sound(self, target: Target) -> bool:
        """Whether the target, as it is, was seen to pass its own tests."""

    def sound(self, target: Target) -> None:
        """The target passes its own tests."""

    def refused(self, target: Target, why: str) -> None:
        """A target cannot be mutated."""


class Bench:
    """A copy of one target, in which mutants are tried one after the other."""

    def __init__(self, terraform: Terraform, target: Target, folder: Path) -> None:
        """Tries them in `folder`, the target's in a copy of its tree, after `init`."""
        self._target = target
        self._terraform = terraform
        self._folder = folder
        self._promises, self._refusals = _test_files(self._folder)

    def check(self) -> None:
        """Raise TerraformError if the target is at fault as it is."""
        if self._notices_before_checkov(""):
            msg = f"{self._target.name}: its tests fail as it is. Fix them before it is mutated."
            raise TerraformError(msg)

    def try_one(self, placed: Placed) -> Result:
        """Put a mutant in, see who notices, and take it out again."""
        path = self._folder / placed.file
        text = path.read_text()
        begun = time.monotonic()
        path.write_text(placed.mutant.apply(text))
        try:
            return Result(placed, self._verdict(placed.file), time.monotonic() - begun)
        finally:
            path.write_text(text)

    def _verdict(self, file: str) -> Verdict:
        if noticed := self._notices_before_checkov(file):
            return noticed
        return "checkov" if checkov(self._folder).failed else "survived"

    def _notices_before_checkov(self, file: str) -> Verdict | None:
        alone = not self._target.is_called_with_providers
        if alone and any(p.severity == "error" for p in self._terraform.validate(self._folder)):
            return "validate"
        # Those that are likely to notice come first.
        likely = [self._promises, self._refusals]
        if file.startswith("variables"):
            likely.reverse()
        try:
            fails = any(
                self._terraform.fails_a_test(self._folder, files, _TEST_SECONDS)
                for files in likely
                if files
            )
        except TimeoutError:
            return "endless"
        return "test" if fails else None


def _test_files(folder: Path) -> tuple[list[str], list[str]]:
    """The test files that assert promises, and those that are about refusals."""
    promises: list[str] = []
    refusals: list[str] = []
    for path in sorted(folder.glob("tests/*.tftest.hcl")):
        text = path.read_text()
        is_refusal = 2 * text.count("expect_failures") > text.count("\nrun ")
        (refusals if is_refusal else promises).append(f"tests/{path.name}")
    return promises, refusals


class Trials:
    """Tries mutants on several benches at once, within a time."""

    def __init__(self, checks: Checks, deadline: float, workers: int) -> None:
        """No mutant is begun after `deadline`, of `time.monotonic()`."""
        self._checks = checks
        self._deadline = deadline
        self._workers = workers

    def run(self, chosen: list[Placed], notes: Notes) -> None:
        """Try them; each target's mutants are tried on one bench, in their order."""
        by_target: dict[Target, list[Placed]] = {}
        for placed in chosen:
            by_target.setdefault(placed.target, []).append(placed)
        longest_first = sorted(by_target.items(), key=lambda pair: -len(pair[1]))
        with ThreadPoolExecutor(self._workers) as pool:
            for future in [
                pool.submit(self._target, target, mutants, notes)
                for target, mutants in longest_first
            ]:
                future.result()

    def _target(self, target: Target, mutants: list[Placed], notes: Notes) -> None:
        if time.monotonic() > self._deadline:
            return
        work = Path(tempfile.mkdtemp(prefix="mutants-"))
        try:
            with self._checks.ready(target, work) as (terraform, folder):
                self._try(Bench(terraform, target, folder), target, mutants, notes)
        except TerraformError as error:
            notes.refused(target, str(error))
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _try(self, bench: Bench, target: Target, mutants: list[Placed], notes: Notes) -> None:
        if not notes.is_sound(target):
            bench.check()
            notes.sound(target)
        for placed in mutants:
            if time.monotonic() > self._deadline:
                return
            notes(bench.try_one(placed))
