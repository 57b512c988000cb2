"""Providers stay while they are asked, and no longer."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from sandbox.layout import layout_from_environment
from tests.terraform.mirror import SCHEMA, Mirrors
from tests.terraform.running import TerraformError, environment
from tests.terraform.staying import VARIABLE, staying
from tests.terraform.targets import TERRAFORM, Target

pytestmark = pytest.mark.terraform


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """That of a small module."""
    mirrors = Mirrors(layout_from_environment().root / "terraform" / "schemas")
    mirrors.make(Target(TERRAFORM, "modules/s3", "module"), tmp_path / "mirror")
    return tmp_path / "mirror"


def test_it_ends_with_the_block_and_leaves_nothing(mirror: Path) -> None:
    with staying(mirror, environment(None)) as variables:
        attached = json.loads(variables[VARIABLE])
        aws = attached["registry.terraform.io/hashicorp/aws"]
        assert attached["registry.opentofu.org/hashicorp/aws"] == aws
        socket = Path(aws["Addr"]["String"])
        assert psutil.pid_exists(aws["Pid"])
        assert socket.is_socket()
    assert not psutil.pid_exists(aws["Pid"])
    assert not socket.exists()


def test_one_that_does_not_start_is_named(mirror: Path) -> None:
    for schema in mirror.rglob(SCHEMA):
        schema.write_bytes(b"no schema")
    expected = r"hashicorp/aws: its schema-only provider does not start\."
    with pytest.raises(TerraformError, match=expected), staying(mirror, environment(None)):
        pass


def test_without_such_providers_terraform_starts_what_there_is(tmp_path: Path) -> None:
    with staying(tmp_path, environment(None)) as variables:
        assert variables == {}
