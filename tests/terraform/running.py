"""Running Terraform in a copy of the tree, and what it said."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_RUN_SECONDS = 900
# What earlier runs by hand may have left in the tree.
_LEFTOVERS = (".terraform", "*.tfstate*", "*.tfplan", "__pycache__")
_BESIDE = ("catalog.yaml",)
_LOCK = ".terraform.lock.hcl"
# Settings and credentials of whoever runs this must not change what is proved.
_FOREIGN = ("TF_", "AWS_", "GOOGLE_", "CLOUDSDK_", "DD_", "DATADOG_")

# What terraform/local takes from the environment; no other configuration knows them.
_INPUTS = {
    "TF_VAR_database_password": "for-these-tests-alone",
    "TF_VAR_endpoint_url": "http://127.0.0.1:1",
}


@dataclass(frozen=True)
class Problem:
    """One error or warning of Terraform."""

    severity: str
    summary: str
    detail: str = ""
    place: str = ""
    """`<file>:<line>`."""

    def __str__(self) -> str:
        """All in one line."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.summary} {self.detail}".replace("\n", " ").strip()


@dataclass(frozen=True)
class Tested:
    """What a run of `terraform test` came to."""

    passed: int = 0
    failed: int = 0
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    output: str = field(default="", repr=False)


class TerraformError(RuntimeError):
    """Terraform ended without saying what was asked; the text is the end of what it said."""


@dataclass(frozen=True)
class Terraform:
    """Terraform, and the environment to run it in."""

    program: Path
    environment: Mapping[str, str]

    def with_variables(self, more: Mapping[str, str]) -> Terraform:
        """The same with more in its environment."""
        return Terraform(self.program, {**self.environment, **more})

    def init(self, folder: Path) -> None:
        """Get a folder's modules and providers.

        Raises TerraformError: they cannot be had.
        """
        result = self._run(folder, "init", "-backend=false", "-input=false", "-no-color")
        if result.returncode != 0:
            raise TerraformError(_end(result))

    def validate(self, folder: Path) -> tuple[Problem, ...]:
        """The errors and warnings in a folder's configuration.

        Raises TerraformError: it did not come to that.
        """
        result = self._run(folder, "validate", "-json", "-no-color")
        try:
            said = json.loads(result.stdout)
        except ValueError as error:
            raise TerraformError(_end(result)) from error
        return tuple(_problem(one) for one in said["diagnostics"])

    def test(self, folder: Path, *arguments: str) -> Tested:
        """Run a folder's tests.

        Raises TerraformError: it ended before the tests.
        """
        result = self._run(folder, "test", "-json", "-no-color", *arguments)
        events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        problems = tuple(_problem(e["diagnostic"]) for e in events if e.get("type") == "diagnostic")
        summary = next((e["test_summary"] for e in events if e.get("type") == "test_summary"), None)
        if summary is None:
            # A configuration that does not load has diagnostics and no summary.
            errors = [p for p in problems if p.severity == "error"]
            if not errors:
                raise TerraformError(_end(result))
            return Tested(0, 1, problems, output=result.stdout)
        failed = summary.get("failed", 0) + summary.get("errored", 0)
        return Tested(summary.get("passed", 0), failed, problems, output=result.stdout)

    def fails_a_test(self, folder: Path, files: Sequence[str], seconds: float) -> bool:
        """Whether a test in one of a folder's test files fails; ends at the first that does.

        Raises TimeoutError: none has failed in this time.
        """
        process = subprocess.Popen(
            (str(self.program), "test", "-json", *(f"-filter={file}" for file in files)),
            cwd=folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        late = threading.Event()

        def end() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            assert process.stdout is not None
            if any(_is_failure(line) for line in process.stdout):
                return True
            if late.is_set():
                msg = f"no test failed in {seconds:.0f} s"
                raise TimeoutError(msg)
            return process.wait() != 0
        finally:
            timer.cancel()
            # With it go the providers that it has started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                (str(self.program), *arguments),
                cwd=folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_RUN_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            msg = f"{self.program.name} {arguments[0]}: not done after {_RUN_SECONDS} s"
            raise TerraformError(msg) from error


def environment(configuration: Path | None, plugin_cache: Path | None = None) -> dict[str, str]:
    """An environment in which nothing but the configuration decides.

    Without a CLI configuration the user's own holds, and providers come from the registry.
    """
    made = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    made |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    made |= _INPUTS
    # Runs are short: collecting garbage seldom saves a tenth of their time.
    made.setdefault("GOGC", "400")
    if configuration is not None:
        made["TF_CLI_CONFIG_FILE"] = str(configuration)
    elif own := os.environ.get("TF_CLI_CONFIG_FILE"):
        made["TF_CLI_CONFIG_FILE"] = own
    if plugin_cache is not None:
        plugin_cache.mkdir(parents=True, exist_ok=True)
        made["TF_PLUGIN_CACHE_DIR"] = str(plugin_cache)
    return made


def copy_tree(tree: Path, into: Path, *, with_locks: bool) -> Path:
    """Copy a tree of configurations without what earlier runs left in it; returns the copy.

    What configurations read from beside their tree is copied beside it. Lock files hold for the
    real providers alone.
    """
    into.mkdir()
    for name in _BESIDE:
        if (tree.parent / name).is_file():
            shutil.copy2(tree.parent / name, into / name)
    left = _LEFTOVERS if with_locks else (*_LEFTOVERS, _LOCK)
    shutil.copytree(tree, into / tree.name, ignore=shutil.ignore_patterns(*left))
    return into / tree.name


def _problem(said: Mapping[str, Any]) -> Problem:
    place = said.get("range")
    return Problem(
        said["severity"],
        said["summary"],
        said.get("detail", ""),
        f"{place['filename']}:{place['start']['line']}" if place else "",
    )


def _is_failure(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    run = said.get("test_run") or {}
    is_error = said.get("type") == "diagnostic" and said["diagnostic"]["severity"] == "error"
    return is_error or run.get("status") in ("fail", "error")


def _end(result: subprocess.CompletedProcess[str]) -> str:
    said: Sequence[str] = (result.stdout + result.stderr).strip().splitlines()
    return "\n".join(said[-25:]) or f"exit code {result.returncode}"
