from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Invalid, Permanent
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.root_module import Root, default_state_key

GOOD: dict[str, Any] = {
    "environment": "staging",
    "modules": ["database"],
    "mode": "apply",
    "plan_minutes": 60,
    "reason": "A larger database",
}


def read(**changes: Any) -> ProvisionRequest:
    return ProvisionRequest.from_params(
        {**GOOD, **changes}, environments=("production", "staging"), modules=("database", "network")
    )


def test_a_good_request() -> None:
    assert read() == ProvisionRequest("staging", ("database",), "apply", 60, "A larger database")
    assert read(modules=None).modules == ()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("environment", "stagign", "'stagign' is not known. Use production, staging."),
        ("environment", None, "'None' is not known"),
        ("environment", "../x", "'../x' is not known"),
        ("modules", ["databse"], "'databse' is not a module of the root. Use database, network"),
        ("modules", "database", "is 'database', not a list"),
        ("modules", ["network", "network"], "has 'network' more than once"),
        ("mode", "destroy!", "'destroy!' is not known. Use plan, apply or destroy."),
        ("mode", None, "'None' is not known"),
        ("plan_minutes", 0, "is 0. Use minutes, 0.1 to 1440."),
        ("plan_minutes", 1441, "is 1441"),
        ("plan_minutes", "60", "is '60'"),
        ("plan_minutes", True, "is 'True'"),
        ("plan_minutes", float("nan"), "is nan"),
        ("reason", "no", "has 2 characters"),
        ("reason", "two\nlines", "characters that can't be printed"),
        ("reason", None, "is 'None', not text"),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(field: str, value: Any, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(**{field: value})
    assert caught.value.field == field
    assert said in str(caught.value)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "staging.tfvars").write_text('environment = "staging"\n')
    (tmp_path / "environments" / "production.tfvars").write_text("")
    (tmp_path / "main.tf").write_text('module "database" {\n}\n  # module "not"\n')
    (tmp_path / "network.tf").write_text('module "network" {\n}\n')
    return Root(tmp_path)


def test_environments_and_modules_are_those_of_the_root(root: Root) -> None:
    root.check()
    assert root.environments == ("production", "staging")
    assert root.modules == ("database", "network")
    assert root.var_file("staging").name == "staging.tfvars"


def test_a_folder_without_terraform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"has no Terraform files. Set FIELDDAY_TERRAFORM_ROOT"):
        Root(tmp_path / "nowhere").check()


@pytest.mark.parametrize(
    "line",
    [
        'database_password = "hunter2hunter2"',
        '  api_key="x1"',
        '"auth_token" : "abc"',
        'database = { master_password = "x" \n password = "x" }',
    ],
)
def test_a_secret_in_a_var_file_is_refused(root: Root, line: str) -> None:
    (root.folder / "environments" / "staging.tfvars").write_text(f"zones = 3\n{line}\n")
    with pytest.raises(Invalid, match=r"staging.tfvars: \w+: is a secret .* set TF_VAR_\w+"):
        root.var_file("staging")


@pytest.mark.parametrize(
    "line", ['secret_arn = "arn:x"', 'password_length = "16"', 'password = ""', "password = null"]
)
def test_what_only_sounds_like_a_secret_is_not(root: Root, line: str) -> None:
    (root.folder / "environments" / "staging.tfvars").write_text(f"{line}\n")
    assert root.var_file("staging").is_file()


def test_the_project_s_own_root_for_the_sandbox() -> None:
    root = Root(Path(__file__).resolve().parents[4] / "terraform" / "local")
    assert root.environments == ("development", "production", "staging")
    assert root.modules == ("alerts", "database", "encryption", "network", "storage")
    for environment in root.environments:
        root.var_file(environment)
        assert root.state_key(environment) == f"local/{environment}/terraform.tfstate"


def test_a_state_s_key_is_its_environment_s() -> None:
    assert default_state_key("staging") == "staging/terraform.tfstate"
    with pytest.raises(Invalid, match="can't be part of a key"):
        default_state_key("../production")


def test_a_root_says_where_its_states_are(root: Root) -> None:
    assert root.state_key("staging") == "staging/terraform.tfstate"
    file = root.folder / "environments" / "staging.s3.tfbackend"
    file.write_text('# key = "not/this"\n  key    = "aws/staging/terraform.tfstate"\n')
    assert root.state_key("staging") == "aws/staging/terraform.tfstate"
    for text in ("", 'bucket = "x"\n', 'key = "terraform.tfstate"\n'):
        file.write_text(text)
        with pytest.raises(Invalid, match=r"staging\.s3\.tfbackend: names no key in a folder"):
            root.state_key("staging")
