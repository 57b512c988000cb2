"""Each module, example and root is valid, keeps its promises, and refuses bad input."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.patience import PATIENCE
from tests.terraform import programs
from tests.terraform.checking import Checks
from tests.terraform.figures import Figures, assertions
from tests.terraform.running import environment
from tests.terraform.targets import TERRAFORM, Target, find_targets

pytestmark = pytest.mark.terraform

TARGETS = find_targets()
ENVIRONMENTS = [(target, name) for target in TARGETS for name in target.environments]


def test_all_is_in_terraform_s_format() -> None:
    command = (str(programs.terraform()), "fmt", "-check", "-recursive", str(TERRAFORM))
    plain = environment(None) | {"TF_CLI_CONFIG_FILE": os.devnull}
    result = subprocess.run(
        command, env=plain, capture_output=True, text=True, check=False, timeout=60 * PATIENCE
    )
    assert result.stdout.split() == [], "Run 'make format'."
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_it_is_valid_and_its_tests_pass(checks: Checks, figures: Figures, target: Target) -> None:
    checked = checks.start(target).result()
    figures.checked[target] = checked
    assert checked.errors == ()
    assert checked.warnings == ()
    assert [str(p) for p in checked.tested.problems if p.severity == "error"] == []
    assert checked.tested.failed == 0


@pytest.mark.parametrize(
    "target", [t for t in TARGETS if t.kind == "module"], ids=lambda target: target.name
)
def test_a_module_promises_something(checks: Checks, target: Target) -> None:
    assert assertions(target.folder) >= 3
    assert checks.start(target).result().tested.passed >= 2


@pytest.mark.parametrize(
    ("target", "environment"),
    ENVIRONMENTS,
    ids=[f"{target.name}-{name}" for target, name in ENVIRONMENTS],
)
def test_an_environment_is_as_it_should_be(
    checks: Checks, target: Target, environment: str
) -> None:
    checked = checks.start(target).result()
    assert checked.errors == ()
    if checks.has_opentofu:
        pytest.skip(
            "OpenTofu's mocks make up at plan what only an apply knows, and modules refuse it"
        )
    planned = checked.environments[environment]
    assert [str(p) for p in planned.problems if p.severity == "error"] == []
    assert planned.failed == 0
    assert planned.passed >= 1
