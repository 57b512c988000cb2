"""What an apply has done, and how the next run goes on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.provisioning import journal as journals
from fieldday.provisioning.diagnostics import AbsentImportError
from fieldday.provisioning.import_ids import import_ids
from fieldday.provisioning.interrupted_apply import (
    IMPORTS_FILE,
    plan_with_imports,
    push_errored_states,
    recovery_of,
    write_imports,
)
from fieldday.provisioning.journal import Done, Journal
from fieldday.provisioning.plan import TerraformPlan
from fieldday.provisioning.state import State, StateVersion
from fieldday.provisioning.store import Store
from fieldday.provisioning.terraform import Terraform
from fieldday.provisioning.workspace import Workspace, errored_states
from tests.unit.fieldday.provisioning.conftest import entry, shown

VPC = "module.network.aws_vpc.this"
SUBNET = 'module.network.aws_subnet.this["a"]'
DATABASE = "module.database.aws_db_instance.this"
ASSOCIATION = "aws_route_table_association.this"


def line(kind: str, address: str, action: str = "create", identity: str = "") -> str:
    resource = {"addr": address, "resource_type": address.split("[")[0].split(".")[-2]}
    hook = {"resource": resource, "action": action}
    if kind == "apply_complete":
        hook |= {"id_key": "id", "id_value": identity}
    return json.dumps({"type": kind, "hook": hook})


def end(operation: str = "apply") -> str:
    return json.dumps({"type": "change_summary", "changes": {"operation": operation}})


def failure(summary: str = "Error creating it") -> str:
    diagnostic = {"severity": "error", "summary": summary, "detail": "", "address": VPC}
    return json.dumps({"type": "diagnostic", "diagnostic": diagnostic})


def read(*lines: str, run: str = "run-1") -> Journal:
    found = Journal(run, "sha", "operator")
    for text in lines:
        found.read(text)
    return found


def test_a_whole_apply() -> None:
    found = read(
        json.dumps({"type": "version"}),
        "not JSON",
        line("apply_start", VPC),
        line("apply_complete", VPC, identity="vpc-1"),
        line("apply_start", SUBNET, "update"),
        line("apply_complete", SUBNET, "update", "subnet-1"),
        end(),
    )
    assert found.is_complete
    assert found.begun == {}
    assert found.done[0] == Done(VPC, "aws_vpc", "create", "vpc-1")
    assert found.text == "run run-1: 1 made, 1 changed"


@pytest.mark.parametrize("text", [end("plan"), json.dumps({"type": "outputs"}), ""])
def test_what_is_nothing_to_remember(text: str) -> None:
    found = read()
    assert found.read(text) is False
    assert found.updated == ""


def test_an_apply_that_was_cut_off() -> None:
    found = read(
        line("apply_start", VPC),
        line("apply_complete", VPC, identity="vpc-1"),
        line("apply_start", DATABASE),
    )
    assert not found.is_complete
    assert found.text == f"run run-1: 1 made; under way when it ended: {DATABASE}"


def test_an_apply_with_an_error_is_not_complete() -> None:
    found = read(line("apply_start", VPC), line("apply_errored", VPC), failure(), end())
    assert found.begun == {}
    assert not found.is_complete
    assert "Error creating it" in found.text


def test_it_goes_to_the_bucket_and_back(store: Store) -> None:
    found = read(line("apply_start", VPC), line("apply_complete", VPC, identity="vpc-1"))
    found.save(store)
    assert journals.load(store, "run-1") == found
    assert journals.load(store, "run-2") is None
    later = read(line("apply_start", DATABASE), run="manual__2026-11-25T08:00:00+00:00")
    later.updated = "2999"
    later.save(store)
    assert journals.unsettled(store) == [found, later]
    journals.drop(store, "run-1")
    assert journals.unsettled(store) == [later]
    journals.settle(store)
    assert journals.unsettled(store) == []


def test_what_was_made_and_is_in_the_state_is_not_lost() -> None:
    found = read(line("apply_complete", VPC, identity="vpc-1"))
    assert found.lost({VPC}) == ([], [])
    assert found.lost(set()) == ([Done(VPC, "aws_vpc", "create", "vpc-1")], [])


def test_what_can_not_be_imported_by_its_id_is_left_to_a_person() -> None:
    found = read(
        line("apply_complete", ASSOCIATION, identity="rtbassoc-1"), line("apply_start", VPC)
    )
    assert found.lost(set()) == (
        [],
        [VPC, ASSOCIATION] if VPC < ASSOCIATION else [ASSOCIATION, VPC],
    )


def test_what_had_begun_is_found_by_the_id_that_its_configuration_names() -> None:
    found = read(line("apply_start", DATABASE), line("apply_start", VPC, "update"))
    found.ids = {DATABASE: "fieldday-staging"}
    made = Done(DATABASE, "aws_db_instance", "create", "fieldday-staging")
    assert found.lost(set()) == ([made], [])
    assert found.lost({DATABASE}) == ([], [])


def test_ids_that_are_known_before() -> None:
    plan = TerraformPlan.of(
        shown(
            entry(DATABASE, ["create"], after={"identifier": "fieldday-staging"}),
            entry('aws_s3_bucket.b["x"]', ["create"], after={"bucket": "assets"}),
            entry("aws_s3_bucket.unknown", ["create"], after={"acl": "private"}),
            entry("aws_s3_bucket.old", ["update"], after={"bucket": "old"}),
            entry(VPC, ["create"], after={"cidr_block": "x"}),
        )
    )
    assert import_ids(plan.changes) == {
        DATABASE: "fieldday-staging",
        'aws_s3_bucket.b["x"]': "assets",
    }


def test_a_recovery_tells_what_happened_and_what_it_does() -> None:
    one = read(line("apply_complete", VPC, identity="vpc-1"), line("apply_start", SUBNET))
    two = read(line("apply_complete", SUBNET, identity="subnet-1"), run="run-2")
    found = recovery_of([one, two], State())
    assert [done.id for done in found.imports] == ["vpc-1", "subnet-1"]
    # The second run made what the first had only begun.
    assert found.to_look_for == ()
    assert found.lines == [
        f"run run-1: 1 made; under way when it ended: {SUBNET}",
        "run run-2: 1 made",
        "made then but not in the state, imported by this plan: "
        f"{VPC} (vpc-1), {SUBNET} (subnet-1)",
    ]
    (look,) = [text for text in recovery_of([one], State()).lines if "by hand" in text]
    assert SUBNET in look


def test_nothing_to_recover() -> None:
    assert recovery_of([], State()).lines == []


def test_an_id_is_no_expression(tmp_path: Path) -> None:
    write_imports(tmp_path, [Done(VPC, "aws_vpc", "create", 'a"${file("x")}%{b}\\')])
    text = (tmp_path / IMPORTS_FILE).read_text()
    assert text == f'import {{\n  to = {VPC}\n  id = "a\\"$${{file(\\"x\\")}}%%{{b}}\\\\"\n}}\n'


class Planning:
    """A Terraform that finds only some of what is to be imported."""

    def __init__(self, workspace: Workspace, absent: list[str]) -> None:
        self.absent = absent
        self.workspace = workspace
        self.texts: list[str] = []

    def plan(self, *_: Any, **__: Any) -> None:
        text = (self.workspace.root / IMPORTS_FILE).read_text()
        self.texts.append(text)
        if found := [address for address in self.absent if f"to = {address}\n" in text]:
            raise AbsentImportError("not there", found)


def planning(tmp_path: Path, absent: list[str]) -> tuple[Planning, Any]:
    workspace = Workspace(tmp_path)
    workspace.root.mkdir(parents=True)
    terraform = Planning(workspace, absent)
    lost = read(line("apply_complete", VPC, identity="vpc-1"), line("apply_start", DATABASE))
    lost.ids = {DATABASE: "d"}
    recovery = recovery_of([lost], State())

    def go() -> Any:
        return plan_with_imports(terraform, workspace, tmp_path, (), recovery)  # type: ignore[arg-type]

    return terraform, go


def test_what_had_begun_and_is_not_there_is_left_out(tmp_path: Path) -> None:
    terraform, go = planning(tmp_path, [DATABASE])
    assert [done.address for done in go().imports] == [VPC]
    assert DATABASE not in terraform.texts[-1]
    assert VPC in terraform.texts[-1]


def test_an_import_that_fails_without_end_is_an_error(tmp_path: Path) -> None:
    terraform, go = planning(tmp_path, [])

    def plan(*_: Any, **__: Any) -> None:
        raise AbsentImportError("not there", ["elsewhere.x"])

    terraform.plan = plan  # type: ignore[method-assign]
    with pytest.raises(AbsentImportError):
        go()


def kept_state(work: Path, run: str, serial: int, lineage: str = "abc") -> Workspace:
    workspace = Workspace.of(work, "staging", run)
    workspace.root.mkdir(parents=True)
    text = json.dumps({"serial": serial, "lineage": lineage, "resources": []})
    workspace.errored_state.write_text(text)
    return workspace


def test_a_state_that_could_not_be_stored_is_stored_by_the_next_run(tmp_path: Path) -> None:
    kept = kept_state(tmp_path, "run-1", 5)
    terraform = create_autospec(Terraform, instance=True)
    found = errored_states(tmp_path, "staging")
    assert found == [kept]
    said = push_errored_states(terraform, found, StateVersion(4, "abc"))
    assert said == ["the state that run run-1 could not store was stored now"]
    terraform.push_state.assert_called_once_with(kept.errored_state)
    assert errored_states(tmp_path, "staging") == []


def test_one_that_has_been_stored_since_is_forgotten(tmp_path: Path) -> None:
    kept_state(tmp_path, "run-1", 4)
    terraform = create_autospec(Terraform, instance=True)
    push_errored_states(terraform, errored_states(tmp_path, "staging"), StateVersion(4, "abc"))
    terraform.push_state.assert_not_called()
    assert errored_states(tmp_path, "staging") == []


@pytest.mark.parametrize("error", [Retryable("S3 is away."), Permanent("refused.")])
def test_one_that_still_can_not_be_stored_is_named_and_kept(
    tmp_path: Path, error: Exception
) -> None:
    kept = kept_state(tmp_path, "run-1", 5)
    terraform = create_autospec(Terraform, instance=True)
    terraform.push_state.side_effect = error
    with pytest.raises(type(error), match=f"{kept.errored_state}: holds a state"):
        push_errored_states(terraform, errored_states(tmp_path, "staging"), StateVersion(4, "abc"))
    assert errored_states(tmp_path, "staging") == [kept]


def test_a_new_workspace_keeps_a_state_that_is_to_be_stored(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / ".terraform").mkdir(parents=True)
    (source / "main.tf").write_text("# new\n")
    (source / "terraform.tfstate").write_text("{}")
    kept = kept_state(tmp_path / "work", "run-1", 5)
    kept.prepare(source)
    assert kept.errored_state.exists()
    assert (kept.root / "main.tf").read_text() == "# new\n"
    other = Workspace.of(tmp_path / "work", "staging", "run-2")
    (other.root).mkdir(parents=True)
    (other.root / "old.tf").touch()
    other.prepare(source)
    assert {path.name for path in other.root.iterdir()} == {"main.tf"}
    assert other.folder.stat().st_mode & 0o777 == 0o700
