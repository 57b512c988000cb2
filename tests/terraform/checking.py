"""The proof itself: what each target is put through, side by side."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.layout import layout_from_environment
from tests.terraform import programs
from tests.terraform.environments import tests_of
from tests.terraform.mirror import Mirrors
from tests.terraform.running import Problem, Terraform, Tested, copy_tree, environment
from tests.terraform.scanning import Scan, checkov
from tests.terraform.staying import staying
from tests.terraform.targets import TERRAFORM, Target


@dataclass(frozen=True)
class Checked:
    """What one target came to."""

    problems: tuple[Problem, ...]
    """Of `validate`."""
    validate_seconds: float
    tested: Tested
    environments: dict[str, Tested]
    """For each environment, what the tests with its variables came to."""

    @property
    def errors(self) -> tuple[str, ...]:
        """The errors of `validate`."""
        return tuple(str(p) for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Its warnings, such as a deprecated argument."""
        return tuple(str(p) for p in self.problems if p.severity == "warning")


class Checks:
    """Checks targets on as many threads as there are processors, each target once."""

    def __init__(self, folder: Path, workers: int | None = None) -> None:
        """Copies and mirrors are made in `folder`."""
        self._folder = folder
        self._program = programs.terraform()
        self.has_opentofu = programs.is_opentofu(self._program)
        self.is_real = os.environ.get("TF_PROVIDER") == "registry"
        self._mirrors = Mirrors(layout_from_environment().root / "terraform" / "schemas")
        self._pool = ThreadPoolExecutor(workers or min(os.cpu_count() or 1, 4))
        self._futures: dict[Target, Future[Checked]] = {}
        self._scan: Future[Scan] | None = None
        self._lock = threading.Lock()

    def start(self, target: Target) -> Future[Checked]:
        """Have a target checked, if it is not already."""
        if target not in self._futures:
            self._futures[target] = self._pool.submit(self.check, target)
        return self._futures[target]

    def scan(self) -> Future[Scan]:
        """Have all of them scanned by checkov, if they are not already."""
        if self._scan is None:
            self._scan = self._pool.submit(checkov, TERRAFORM)
        return self._scan

    def close(self) -> None:
        """Give up what has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def terraform(self, target: Target, folder: Path) -> Terraform:
        """Terraform with the providers that a target needs; its mirror is made in `folder`."""
        if self.is_real:
            plugins = layout_from_environment().root / "terraform" / "plugins"
            return Terraform(self._program, environment(None, plugins))
        with self._lock:
            configuration = self._mirrors.make(target, folder)
        return Terraform(self._program, environment(configuration))

    def _copy(self, target: Target, into: Path) -> Path:
        """A target's folder in a copy of its tree."""
        return copy_tree(target.tree, into, with_locks=self.is_real) / target.path

    def check(self, target: Target) -> Checked:
        """Put a target through `init`, `validate` and its tests."""
        work = Path(tempfile.mkdtemp(prefix="target-", dir=self._folder))
        try:
            with self.ready(target, work) as (terraform, folder):
                return self._check(terraform, target, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    @contextlib.contextmanager
    def ready(self, target: Target, work: Path) -> Iterator[tuple[Terraform, Path]]:
        """Terraform for a target, and the target's folder in a copy, after `init`.

        Both are below `work`; the providers stay in this block.
        """
        mirror = work / "mirror"
        terraform = self.terraform(target, mirror)
        folder = self._copy(target, work / "tree")
        self._init(terraform, folder)
        with staying(mirror, terraform.environment) as attach:
            yield terraform.with_variables(attach), folder

    def _init(self, terraform: Terraform, folder: Path) -> None:
        if self.is_real:
            # Terraform's cache of providers is not made for several at once.
            with self._lock:
                terraform.init(folder)
        else:
            terraform.init(folder)

    def _check(self, terraform: Terraform, target: Target, folder: Path) -> Checked:
        begun = time.monotonic()
        problems = () if target.is_called_with_providers else terraform.validate(folder)
        validated = time.monotonic()
        if any(problem.severity == "error" for problem in problems):
            return Checked(problems, validated - begun, Tested(), {})
        tested = Tested()
        if target.has_tests:
            own = terraform.test(folder)
            tested = replace(own, seconds=time.monotonic() - validated)
        environments = {
            name: terraform.test(
                folder,
                f"-test-directory={tests_of(folder, name)}",
                f"-var-file=environments/{name}.tfvars",
            )
            for name in target.environments
            # It would make up what is known after an apply alone: see docs/terraform-tests.md.
            if not self.has_opentofu
        }
        return Checked(problems, validated - begun, tested, environments)
