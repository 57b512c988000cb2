"""Which mistakes a mutation run makes, and what it keeps of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.mutation.record import Record
from tests.terraform.mutation.sample import Placed, placed_mutants, sample
from tests.terraform.mutation.sites import KINDS, mutants
from tests.terraform.mutation.tokens import tokens
from tests.terraform.mutation.trial import Result
from tests.terraform.targets import Target

_TEXT = """
# A comment with "a quote and { a brace.
variable "cidr" {
  description = "Addresses, 10.0.0.0/8 or so."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && length(var.zones) > 1
    error_message = "cidr: '${var.cidr}' is wrong. Write 10.0.0.0/16."
  }
}

locals {
  policy = { Action = ["s3:GetObject"], Resource = "${var.cidr}/*" }
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
  encrypted  = true

  rule {
    days = 30
  }

  lifecycle {
    ignore_changes = [tags["10"]]
  }
}

output "it" {
  value = aws_vpc.this.id
}

output "other" {
  value = aws_vpc.this.arn
}
"""


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("argument", "cidr_block", "cidr_block_"),
        ("argument", "days", "days_"),
        ("argument", "Action", "Action_"),
        ("boolean", "true", "false"),
        ("cidr", '"10.0.0.0/16"', '"0.0.0.0/0"'),
        ("cidr", '"10.0.0.0/16"', '"10.0.0.0/15"'),
        ("number", "30", "31"),
        ("action", '"s3:GetObject"', '"s3:*"'),
        ("operator", "&&", "||"),
        ("operator", ">", "<="),
        ("block", "rule {\n    days = 30\n  }", ""),
        ("reference", "aws_vpc.this.id", "aws_vpc.this.arn"),
        ("reference", "var.cidr", "var.zones"),
    ],
)
def test_a_mistake(kind: str, old: str, new: str) -> None:
    found = [
        m for m in mutants(_TEXT) if (m.kind, _TEXT[m.start : m.end], m.new) == (kind, old, new)
    ]
    assert found
    changed = found[0].apply(_TEXT)
    assert changed == _TEXT[: found[0].start] + new + _TEXT[found[0].start + len(old) :]


def test_words_for_people_types_and_names_are_left_alone() -> None:
    places = [_TEXT.index("Addresses"), _TEXT.index("A comment"), _TEXT.index("string\n")]
    places += [_TEXT.index("description"), _TEXT.index('"this"'), _TEXT.index('"aws_vpc"')]
    for mutant in mutants(_TEXT):
        for place in places:
            assert not mutant.start <= place < mutant.end or mutant.kind == "block", mutant


def test_a_block_is_removed_within_a_resource_only() -> None:
    removed = {_TEXT[m.start : m.end].split()[0] for m in mutants(_TEXT) if m.kind == "block"}
    assert removed == {"validation", "rule", "lifecycle"}


def test_strings_within_strings_are_one_token() -> None:
    text = 'a = "x${join(",", [for k in var.k : "${k}"])}y" # "\n'
    found = [(token.kind, token.text) for token in tokens(text)]
    assert found[2] == ("template", text[4 : text.index(" # ")])
    assert found[3] == ("newline", "\n")


def test_an_escaped_template_is_a_string() -> None:
    assert [token.kind for token in tokens('"$${x}" "a\\"b"')] == ["string", "string"]


def test_a_string_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="begins at 4 does not end"):
        tokens('a = "b\n')


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A module with the text above."""
    (tmp_path / "vpc" / "tests").mkdir(parents=True)
    (tmp_path / "vpc" / "main.tf").write_text(_TEXT)
    (tmp_path / "vpc" / "versions.tf").write_text('terraform {\n  required_version = ">= 1"\n}\n')
    (tmp_path / "vpc" / "tests" / "a.tftest.hcl").write_text("# nothing\n")
    return Target(tmp_path, "vpc", "module")


def test_the_same_seed_gives_the_same_mutants_of_every_kind(target: Target) -> None:
    first, again = sample([target], 18, 1), sample([target], 18, 1)
    assert first == again
    assert first != sample([target], 18, 2)
    assert {placed.mutant.kind for placed in first} == set(KINDS)
    assert {placed.file for placed in placed_mutants(target)} == {"main.tf"}
    assert len(sample([target], 10_000, 1)) == len(placed_mutants(target))


def test_a_mutant_is_shown_with_its_place(target: Target) -> None:
    shown = [str(placed) for placed in placed_mutants(target)]
    assert "vpc/main.tf:20: boolean: true -> false" in shown
    assert "vpc/main.tf:22: block: rule { days = 30 } -> (nothing)" in shown


def test_a_cut_run_goes_on_and_survivors_meet_new_tests(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "mutants.jsonl"
    killed, survivor, fresh = sample([target], 3, 1)
    record = Record(path)
    record(Result(killed, "test", 1.0))
    record(Result(survivor, "survived", 1.0))
    again = Record(path)
    assert [again.is_open(p) for p in (killed, survivor, fresh)] == [False, False, True]
    said = again.lines([killed, survivor, fresh])
    assert said[0] == f"survived: {survivor}"
    assert "1 of 2 mutants killed (50.0 %): 1 by test" in said
    assert said[-1].startswith("1 were not tried")
    assert again.share([killed, survivor, fresh]) == 0.5

    (target.folder / "tests" / "b.tftest.hcl").write_text("# more\n")
    assert [again.is_open(p) for p in (killed, survivor)] == [False, True]
    again(Result(survivor, "test", 1.0))
    assert Record(path).share([killed, survivor]) == 1.0


def test_a_target_is_seen_to_be_sound_once(target: Target, tmp_path: Path) -> None:
    record = Record(tmp_path / "mutants.jsonl")
    assert not record.is_sound(target)
    record.sound(target)
    again = Record(tmp_path / "mutants.jsonl")
    assert again.is_sound(target)
    (target.folder / "tests" / "c.tftest.hcl").write_text("# more\n")
    assert not again.is_sound(Target(target.tree, target.path, target.kind))


def test_a_mutant_is_another_when_its_line_is(target: Target, tmp_path: Path) -> None:
    record = Record(tmp_path / "mutants.jsonl")
    path = target.folder / "main.tf"

    def encrypted() -> Placed:
        return next(p for p in placed_mutants(target) if p.mutant.kind == "boolean")

    record(Result(encrypted(), "validate", 1.0))
    path.write_text(f"# one line more\n{path.read_text()}")
    assert not record.is_open(encrypted())
    path.write_text(path.read_text().replace("encrypted  =", "encryption ="))
    assert record.is_open(encrypted())


def test_lines_that_are_alike_have_mutants_of_their_own(target: Target) -> None:
    path = target.folder / "main.tf"
    path.write_text(path.read_text() * 2)
    found = placed_mutants(target)
    assert len({placed.key for placed in found}) == len(found)
