"""What can be said of the configurations without running Terraform."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.terraform.providers import PROVIDERS
from tests.terraform.reading import Module, read_module
from tests.terraform.readmes import documented, readme
from tests.terraform.targets import TERRAFORM, Target, find_targets

TARGETS = find_targets()
MODULES = [target for target in TARGETS if target.kind == "module"]
ROOTS = [target for target in TARGETS if target.kind == "root"]
_VERSIONS = {provider.source: provider.version for provider in PROVIDERS}
_SECRET = re.compile(r"(password|secret|token|private_key|api_key)$")
_REQUIRED = re.compile(r'source\s*=\s*"([^"]+)"\s*version\s*=\s*"([^"]+)"')


@cache
def _read(target: Target) -> Module:
    return read_module(target.folder)


def _each(targets: list[Target]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", targets, ids=lambda target: target.name)


@_each(MODULES)
def test_a_module_has_its_files(module: Target) -> None:
    files = {path.name for path in module.folder.iterdir()}
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"} <= files
    assert (module.folder / "examples" / "basic" / "main.tf").is_file()
    assert module.has_tests


@_each([*MODULES, *ROOTS])
def test_inputs_and_outputs_say_what_they_are(module: Target) -> None:
    read = _read(module)
    assert [v.name for v in read.variables if not v.description or v.type == "any"] == []
    assert [output.name for output in read.outputs if not output.description] == []


@_each(MODULES)
def test_a_module_refuses_resources_without_tags(module: Target) -> None:
    found = [v for v in _read(module).variables if v.name in ("tags", "labels")]
    assert [variable.type for variable in found] == ["map(string)"]
    assert found[0].validations >= 1


# The one provider that the sandbox has is too old to let RDS keep the password: TF_VAR_ gives it.
_FROM_THE_ENVIRONMENT = {"local": {"database_password"}}


@_each([*MODULES, *ROOTS])
def test_no_input_is_a_password(module: Target) -> None:
    found = {v.name for v in _read(module).variables if _SECRET.search(v.name)}
    assert found == _FROM_THE_ENVIRONMENT.get(module.name, set())


@_each([*MODULES, *ROOTS])
def test_a_secret_in_an_output_is_marked(module: Target) -> None:
    found = [o.name for o in _read(module).outputs if _SECRET.search(o.name) and not o.is_sensitive]
    assert found == []


@_each(MODULES)
def test_a_module_leaves_its_caller_the_choice_of_patch_versions(module: Target) -> None:
    read = _read(module)
    assert read.terraform.startswith(">= 1.")
    assert read.providers
    for name, version in read.providers.items():
        assert re.fullmatch(r">= \d+\.\d+(\.\d+)?, < \d+(\.\d+)*", version), name


@_each([root for root in ROOTS if root.path != "local"])
def test_a_root_pins_the_version_whose_schema_it_is_proved_against(module: Target) -> None:
    text = (module.folder / "versions.tf").read_text()
    found = dict(_REQUIRED.findall(text))
    assert found
    assert {source: _VERSIONS.get(source) for source in found} == found


@_each(documented())
def test_a_readme_is_the_module_s(module: Target) -> None:
    written = (module.folder / "README.md").read_text()
    assert written == readme(module.folder), "Run 'make terraform-readmes' and commit it."
    assert len(written.partition("<!--")[0].split()) > 15, "Say above the mark what it is for."


def test_no_environment_holds_a_secret() -> None:
    paths = list(TERRAFORM.glob("**/environments/*.tfvars"))
    assert paths
    for path in paths:
        for line in path.read_text().splitlines():
            name, _, _ = line.partition("=")
            assert not _SECRET.search(name.strip()), f"{path}: {name}"
