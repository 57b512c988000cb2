"""Checkov finds nothing, or is told why it is wrong; tflint finds nothing; both can find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.checking import Checks
from tests.terraform.figures import Figures
from tests.terraform.scanning import Scan, checkov, tflint
from tests.terraform.targets import TERRAFORM, Target, find_targets

pytestmark = pytest.mark.terraform

_RULES = TERRAFORM / ".tflint.hcl"
_SHORTEST_REASON = 15

_OPEN_TO_ALL = """
resource "aws_security_group_rule" "ssh" {
  type              = "ingress"
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = "sg-0a1b2c3d"
}
"""


@pytest.fixture(scope="module")
def scan(checks: Checks, figures: Figures) -> Scan:
    """What checkov says of everything."""
    figures.scan = checks.scan().result()
    return figures.scan


def test_checkov_finds_nothing(scan: Scan) -> None:
    assert [str(finding) for finding in scan.failed] == []
    assert scan.unread == ()
    assert scan.passed > len(find_targets())


def test_each_skip_says_why(scan: Scan) -> None:
    assert [str(f) for f in scan.skipped if len(f.reason) < _SHORTEST_REASON] == []


def test_checkov_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(_OPEN_TO_ALL)
    found = checkov(tmp_path).failed
    assert "CKV_AWS_24" in {finding.check for finding in found}
    assert found[0].place == "main.tf:2"


@pytest.mark.parametrize(
    "target", [t for t in find_targets() if t.kind != "example"], ids=lambda target: target.name
)
def test_tflint_finds_nothing(target: Target) -> None:
    assert [str(problem) for problem in tflint(target.folder, _RULES)] == []


def test_tflint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "unused" {}\n')
    found = {problem.summary for problem in tflint(tmp_path, _RULES)}
    assert {"terraform_typed_variables", "terraform_unused_declarations"} <= found
