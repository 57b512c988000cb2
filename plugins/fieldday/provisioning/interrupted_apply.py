"""Resuming after an apply that was interrupted: nothing lost, nothing made twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldday.errors import FieldDayError
from fieldday.provisioning.diagnostics import AbsentImportError
from fieldday.provisioning.journal import Done, Journal
from fieldday.provisioning.state import State, StateVersion
from fieldday.provisioning.terraform import Terraform
from fieldday.provisioning.workspace import Workspace

IMPORTS_FILE = "recovered_imports.tf"


@dataclass(frozen=True)
class Recovery:
    """What earlier applies left undone, and what is done about it."""

    stories: tuple[str, ...] = ()
    """What happened, a line for each."""
    imports: tuple[Done, ...] = ()
    """Made, not in the state, and imported by this plan."""
    to_look_for: tuple[str, ...] = ()
    """Addresses of what may exist and can't be imported: a person has to look."""

    @property
    def lines(self) -> list[str]:
        """For the approver."""
        lines = list(self.stories)
        if self.imports:
            named = ", ".join(f"{done.address} ({done.id})" for done in self.imports)
            lines.append(f"made then but not in the state, imported by this plan: {named}")
        if self.to_look_for:
            lines.append(
                f"may have been made then, and is not in the state: {', '.join(self.to_look_for)}. "
                "Look in AWS: what is there has to be imported or removed by hand"
            )
        return lines


def recovery_of(journals: Iterable[Journal], state: State) -> Recovery:
    """What the journals of unfinished applies say, given the state as it is now."""
    stories: list[str] = []
    imports: dict[str, Done] = {}
    unknown: set[str] = set()
    for journal in journals:
        stories.append(journal.text)
        found, looked_for = journal.lost(state.addresses)
        imports |= {done.address: done for done in found}
        unknown |= set(looked_for)
    return Recovery(tuple(stories), tuple(imports.values()), tuple(sorted(unknown - set(imports))))


def plan_with_imports(
    terraform: Terraform,
    workspace: Workspace,
    var_file: Path,
    modules: Sequence[str],
    recovery: Recovery,
) -> Recovery:
    """Plan, and import what is there; returns the recovery with that alone.

    What had only begun to be made may not be there. Terraform says so, and it is left out.
    """
    while True:
        write_imports(workspace.root, recovery.imports)
        try:
            terraform.plan(var_file, workspace.plan, modules=modules)
        except AbsentImportError as e:
            there = tuple(done for done in recovery.imports if done.address not in e.addresses)
            if there == recovery.imports:
                raise
            recovery = replace(recovery, imports=there)
        else:
            return recovery


def write_imports(folder: Path, imports: Sequence[Done]) -> None:
    """Have the next plan in this folder import these."""
    # Terraform's strings are JSON's, but for what begins an expression.
    quoted = [json.dumps(done.id).replace("${", "$${").replace("%{", "%%{") for done in imports]
    blocks = [
        f"import {{\n  to = {done.address}\n  id = {text}\n}}\n"
        for done, text in zip(imports, quoted, strict=True)
    ]
    (folder / IMPORTS_FILE).write_text("\n".join(blocks), encoding="utf-8")


def push_errored_states(
    terraform: Terraform, found: Iterable[Workspace], now: StateVersion
) -> list[str]:
    """Store states that earlier runs could not; what came of each, in words.

    `now` is the state in the bucket. Raises what `terraform state push` fails with, with the file's
    name: without that state, a plan would make everything in it a second time.
    """
    said = []
    for workspace in found:
        path, run = workspace.errored_state, workspace.folder.name
        kept = State.of(path.read_bytes(), str(path)).version
        if kept.lineage == now.lineage and kept.serial <= now.serial:
            said.append(f"the state that run {run} could not store has been stored since")
            workspace.remove()
            continue
        try:
            terraform.push_state(path)
        except FieldDayError as e:
            e.args = (f"{path}: holds a state that could not be stored, and still can't be. {e}",)
            raise
        now = kept
        said.append(f"the state that run {run} could not store was stored now")
        workspace.remove()
    return said
