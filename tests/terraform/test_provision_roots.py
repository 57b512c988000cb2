"""What `provision` does with each root before it needs an account: copy, check, plan on mocks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldday.provisioning.root_module import Root
from fieldday.provisioning.terraform import Terraform, check_configuration
from fieldday.provisioning.workspace import Workspace
from tests.terraform import environments
from tests.terraform.checking import Checks
from tests.terraform.targets import Target, find_targets

pytestmark = pytest.mark.terraform

ROOTS = [target for target in find_targets() if target.environments]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_a_copy_of_the_root_is_valid_and_each_environment_can_be_planned(
    checks: Checks, root: Target, tmp_path: Path
) -> None:
    found = Root(root.folder)
    found.check()
    workspace = Workspace.of(tmp_path / "work", "staging", "run-1")
    workspace.prepare(root.folder)
    if not checks.is_real:
        # The lock holds the checksums of the real providers.
        (workspace.root / ".terraform.lock.hcl").unlink(missing_ok=True)
    programs = checks.terraform(root, tmp_path / "mirror")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "terraform").symlink_to(programs.program)
    path = f"{tmp_path / 'bin'}:{programs.environment['PATH']}"
    env = {**programs.environment, "PATH": path}

    terraform = Terraform(workspace.root, "staging", "no-bucket", env)
    checked = check_configuration(terraform, root.name)
    assert checked == {"format": "clean", "validate": "valid"}

    if checks.has_opentofu:
        return  # Its mocks make up at plan what only an apply knows.
    assert found.environments == ("development", "production", "staging")
    # What the mocks answer; provision's own copy does without.
    if (root.folder / "tests").is_dir():
        shutil.copytree(root.folder / "tests", workspace.root / "tests")
    name = "staging"
    planned = programs.test(
        workspace.root,
        f"-test-directory={environments.tests_of(workspace.root, name)}",
        f"-var-file=environments/{found.var_file(name).name}",
    )
    assert [str(problem) for problem in planned.problems if problem.severity == "error"] == []
    assert planned.passed >= 1
