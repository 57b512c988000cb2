"""What the proof finds: each fault alone, in a configuration that is right without it."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.terraform.checking import Checked, Checks
from tests.terraform.targets import Target

pytestmark = pytest.mark.terraform

_HEAD = """
terraform {
  required_providers {
    aws     = { source = "hashicorp/aws", version = ">= 6.0, < 7.0" }
    datadog = { source = "DataDog/datadog", version = "~> 4.0" }
    google  = { source = "hashicorp/google", version = ">= 8.0, < 9.0" }
    random  = { source = "hashicorp/random", version = "~> 3.0" }
  }
}
"""

_VPC = 'resource "aws_vpc" "this" {\n  cidr_block = "10.0.0.0/16"\n}\n'
_GROUP = """
resource "aws_security_group" "this" {
  vpc_id = "vpc-0a1b"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
"""
_BUDGET = """
resource "aws_budgets_budget" "this" {
  budget_type = "COST"
  time_unit   = "MONTHLY"
}
"""
_DATABASE = """
resource "aws_db_instance" "this" {
  instance_class    = "db.t4g.micro"
  allocated_storage = 20
}
"""
_ADDRESS = 'resource "aws_eip" "this" {\n  domain = "vpc"\n}\n'
_LIFECYCLE = """
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = "fieldday"
  rule {
    id     = "old"
    status = "Enabled"
    transition {
      days          = 30
      storage_class = "GLACIER"
    }
  }
}
"""
_FIREWALL = """
resource "aws_wafv2_web_acl" "this" {
  name  = "fieldday"
  scope = "REGIONAL"
  default_action {
    allow {}
  }
  rule {
    name     = "countries"
    priority = 1
    action {
      block {}
    }
    statement {
      not_statement {
        statement {
          geo_match_statement {
            country_codes = ["US"]
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "countries"
      sampled_requests_enabled   = false
    }
  }
  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "fieldday"
    sampled_requests_enabled   = false
  }
}
"""
_NETWORK = 'resource "google_compute_network" "this" {\n  name = "fieldday"\n}\n'
_MONITOR = """
resource "datadog_monitor" "this" {
  name    = "errors"
  type    = "metric alert"
  message = "Look."
  query   = "avg(last_5m):avg:errors{*} > 1"
}
"""
_ZONES = 'data "aws_availability_zones" "this" {\n  state = "available"\n}\n'
_SECRET = 'resource "random_password" "this" {\n  length = 32\n}\n'
_KEY = 'resource "aws_kms_key" "this" {\n  enable_key_rotation = true\n}\n'

_RIGHT = (
    *(_VPC, _GROUP, _BUDGET, _DATABASE, _ADDRESS, _LIFECYCLE, _FIREWALL, _NETWORK, _MONITOR),
    *(_ZONES, _SECRET, _KEY),
)

_FAULTS = {
    "misspelt": (_VPC, "cidr_block", "cidr_blok", "Unsupported argument"),
    "misspelt in a block": (_GROUP, "cidr_blocks", "cidrs", "Unsupported argument"),
    "misspelt in a block in a block": (_LIFECYCLE, "days", "dais", "Unsupported argument"),
    "misspelt block": (_LIFECYCLE, "transition {", "transit {", "Unsupported block type"),
    "misspelt in a data source": (_ZONES, "state", "status", "Unsupported argument"),
    "misspelt at Google": (_NETWORK, "name ", "names ", "Unsupported argument"),
    "misspelt at Datadog": (_MONITOR, "message ", "text ", "Unsupported argument"),
    "missing": (_BUDGET, '  time_unit   = "MONTHLY"\n', "", "Missing required argument"),
    "missing in a block": (_LIFECYCLE, '    status = "Enabled"\n', "", "Missing required argument"),
    "missing block": (
        *(_FIREWALL, "  default_action {\n    allow {}\n  }\n", ""),
        "Insufficient default_action blocks",
    ),
    "twice a block that may be there once": (
        *(_FIREWALL, "    allow {}\n  }\n", "    allow {}\n  }\n  default_action {\n  }\n"),
        "Too many default_action blocks",
    ),
    "deep in a statement of WAF": (_FIREWALL, "country_codes", "countries", "Unsupported argument"),
    "a word for a number": (_DATABASE, "20", '"many"', "Incorrect attribute value type"),
    "a word for a boolean": (_KEY, "true", '"always"', "Incorrect attribute value type"),
    "one for a list": (_GROUP, '["10.0.0.0/8"]', '"10.0.0.0/8"', "Incorrect attribute value type"),
    "removed in version 6": (_ADDRESS, 'domain = "vpc"', "vpc = true", "Unsupported argument"),
    "resource that is no more": (
        _VPC,
        '"aws_vpc"',
        '"aws_opsworks_stack"',
        "Invalid resource type",
    ),
    "data source that is none": (
        *(_ZONES, '"aws_availability_zones"', '"aws_zones"'),
        "Invalid data source",
    ),
    "what the provider decides": (
        *(_VPC, "}", '  arn = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-0a1b"\n}'),
        "Value for unconfigurable attribute",
    ),
    "attribute that there is not": (
        *(_VPC, "}\n", '}\n\noutput "it" {\n  value = aws_vpc.this.vpc_arn\n}\n'),
        "Unsupported attribute",
    ),
    "index into a set": (
        *(
            _GROUP,
            "  }\n}\n",
            '  }\n}\n\noutput "it" {\n  value = aws_security_group.this.ingress[0]\n}\n',
        ),
        "Invalid index",
    ),
    "undeclared variable": (
        _VPC,
        '"10.0.0.0/16"',
        "var.cidr",
        "Reference to undeclared input variable",
    ),
}


def _target(folder: Path, text: str) -> Target:
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text(_HEAD + text)
    return Target(folder, ".", "root")


def _checked(checks: Checks, folder: Path, text: str) -> Checked:
    return checks.check(_target(folder, text))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a configuration is written."""
    made = tmp_path / "tree"
    made.mkdir()
    return made


def test_what_is_right_is_found_right(checks: Checks, folder: Path) -> None:
    text = "".join(_RIGHT)
    for number, one in enumerate(_RIGHT):
        assert text.count(one) == 1, number
    assert _checked(checks, folder, text).problems == ()


@pytest.fixture(scope="module")
def faulty(checks: Checks, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Checked]]:
    """Each fault alone, being checked side by side."""
    folder = tmp_path_factory.mktemp("faults")
    return {
        fault: checks.start(_target(folder / str(number), right.replace(old, new, 1)))
        for number, (fault, (right, old, new, _)) in enumerate(_FAULTS.items())
    }


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_is_found(faulty: dict[str, Future[Checked]], fault: str) -> None:
    right, old, _, said = _FAULTS[fault]
    assert right in _RIGHT
    assert old in right
    errors = faulty[fault].result().errors
    assert errors, "nothing was found"
    assert any(said in error for error in errors), errors
    assert any(error.startswith("main.tf:") for error in errors)


_TESTS = """
mock_provider "aws" {}

run "network" {
  command = plan
  assert {
    condition     = aws_vpc.this.cidr_block == "10.1.0.0/16"
    error_message = "The network is elsewhere."
  }
}
"""


def test_a_broken_promise_is_found(checks: Checks, folder: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "network.tftest.hcl").write_text(_TESTS)
    tested = _checked(checks, folder, _VPC).tested
    assert (tested.passed, tested.failed) == (0, 1)
    assert ["elsewhere" in str(p) for p in tested.problems if p.severity == "error"] == [True]
    assert _checked(checks, folder, _VPC.replace("10.0.", "10.1.")).tested.passed == 1


_SHOWN = """
mock_provider "random" {}

run "password" {
}
"""


def test_a_secret_in_an_output_is_found(checks: Checks, folder: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "password.tftest.hcl").write_text(_SHOWN)
    output = 'output "it" {\n  value = random_password.this.result\n}\n'
    checked = _checked(checks, folder, _SECRET + output)
    # Terraform says so in the test, OpenTofu when it validates.
    assert checked.errors or checked.tested.failed == 1
    said = [str(p) for p in (*checked.problems, *checked.tested.problems)]
    assert any("Output refers to sensitive values" in line for line in said)
    marked = output.replace("}", "  sensitive = true\n}")
    assert _checked(checks, folder, _SECRET + marked).tested.failed == 0


_ENVIRONMENTS = (
    _VPC.replace('"10.0.0.0/16"', "var.cidr")
    + """
provider "aws" {
  region = "us-east-1"
}

variable "cidr" {
  type = string
  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "cidr: '${var.cidr}' is no CIDR. Write it as 10.0.0.0/16."
  }
}
"""
)


def test_an_environment_without_a_variable_or_with_a_bad_one_is_found(
    checks: Checks, folder: Path
) -> None:
    (folder / "environments").mkdir()
    for name, text in {"good": '"10.0.0.0/16"', "bad": '"everywhere"'}.items():
        (folder / "environments" / f"{name}.tfvars").write_text(f"cidr = {text}\n")
    (folder / "environments" / "empty.tfvars").write_text("")
    found = _checked(checks, folder, _ENVIRONMENTS).environments
    assert (found["good"].passed, found["good"].failed) == (1, 0)
    for name, said in {"bad": "cidr: 'everywhere' is no CIDR", "empty": "No value for"}.items():
        assert found[name].failed == 1
        assert any(said in str(problem) for problem in found[name].problems), found[name].problems
