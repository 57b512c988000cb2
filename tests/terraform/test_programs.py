"""Which Terraform is run, where its providers come from, and the provider's own tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.layout import Layout
from sandbox.steps import Cancellation
from sandbox.toolchain.golang import find_go
from sandbox.toolchain.install import Tool
from sandbox.toolchain.versions import MODULES
from tests.terraform import programs
from tests.terraform.mirror import Mirrors
from tests.terraform.running import copy_tree, environment
from tests.terraform.targets import Target


def _program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("TF_PROGRAM", raising=False)
    return tmp_path / "bin"


@pytest.fixture
def no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that gives the program's name."""

    def get(tool: Tool) -> Path:
        return Path("/built", *tool.files)

    monkeypatch.setattr(programs, "get", get)


@pytest.mark.usefixtures("no_build")
@pytest.mark.parametrize(
    ("there", "chosen", "expected"),
    [
        ({"terraform", "tofu"}, "", "bin/terraform"),
        ({"tofu"}, "", "bin/tofu"),
        (set(), "", "/built/tofu"),
        ({"terraform", "tofu"}, "tofu", "bin/tofu"),
        ({"terraform"}, "tofu", "/built/tofu"),
    ],
)
def test_the_program(
    on_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: set[str],
    chosen: str,
    expected: str,
) -> None:
    for name in there:
        _program(on_path, name)
    monkeypatch.setenv("TF_PROGRAM", chosen)
    assert programs.terraform() == on_path.parent / expected


@pytest.mark.usefixtures("no_build")
def test_a_program_that_is_not_there_is_named(
    on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_PROGRAM", str(on_path / "terraform"))
    with pytest.raises(
        LookupError, match=r"TF_PROGRAM: .*/terraform is not there\. Name terraform"
    ):
        programs.terraform()


def test_nobody_s_settings_or_credentials_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_VAR_name", "TF_CLI_ARGS", "AWS_PROFILE", "GOOGLE_PROJECT", "DD_API_KEY"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/mine.rc")
    made = environment(Path("/ours.rc"))
    assert "mine" not in made.values()
    assert made["TF_CLI_CONFIG_FILE"] == "/ours.rc"
    # With the real providers a mirror of one's own is what one wants.
    assert environment(None)["TF_CLI_CONFIG_FILE"] == "/mine.rc"


@pytest.mark.parametrize("with_locks", [True, False])
def test_leftovers_stay_behind(tmp_path: Path, with_locks: bool) -> None:
    tree = tmp_path / "tree"
    (tree / ".terraform").mkdir(parents=True)
    for name in (
        "main.tf",
        "terraform.tfstate",
        "it.tfplan",
        ".terraform.lock.hcl",
        ".terraform/x",
    ):
        (tree / name).write_text("")
    copied = copy_tree(tree, tmp_path / "copy", with_locks=with_locks)
    kept = {"main.tf", ".terraform.lock.hcl"} if with_locks else {"main.tf"}
    assert {path.name for path in copied.iterdir()} == kept


def test_a_target_reads_its_modules_and_its_tests(tmp_path: Path) -> None:
    (tmp_path / "modules" / "vpc").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
        'module "vpc" {\n  source = "./modules/vpc"\n}\n'
        'module "registry" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
    )
    (tmp_path / "modules" / "vpc" / "main.tf").write_text('resource "aws_vpc" "this" {\n}\n')
    (tmp_path / "tests" / "a.tftest.hcl").write_text(
        'run "a" {\n  module {\n    source = "./tests/setup"\n  }\n}\n'
    )
    (tmp_path / "tests" / "setup").mkdir()
    (tmp_path / "tests" / "setup" / "main.tf").write_text('data "aws_region" "it" {\n}\n')
    target = Target(tmp_path, ".", "root")
    assert target.types == {("resource", "aws_vpc"), ("data", "aws_region")}
    assert target.providers == {"hashicorp/aws"}


@pytest.mark.terraform
def test_a_mirror_holds_what_is_needed_for_terraform_and_for_opentofu(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    random = { source = "hashicorp/random" }\n'
        '    unknown = { source = "nobody/unknown" }\n  }\n}\n'
        'resource "random_pet" "it" {\n}\n'
    )
    mirrors = Mirrors(tmp_path / "kept")
    configuration = mirrors.make(Target(tmp_path, ".", "root"), tmp_path / "mirror")
    mirror = tmp_path / "mirror"
    found = {path.relative_to(mirror).parts[1:3] for path in mirror.glob("*/*/*/*/*/*")}
    assert found == {("hashicorp", "random")}
    assert {p.name for p in mirror.iterdir()} == {
        "registry.terraform.io",
        "registry.opentofu.org",
        configuration.name,
    }


@pytest.mark.terraform
def test_the_schema_provider_s_own_tests() -> None:
    layout = Layout()
    go = find_go(layout, lambda _: None, Cancellation(), "schema-provider")
    result = subprocess.run(
        (str(go.program), "test", "./..."),
        cwd=MODULES / "schema-provider",
        env=dict(go.environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert result.returncode == 0, result.stdout + result.stderr
