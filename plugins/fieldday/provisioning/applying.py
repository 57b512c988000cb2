"""Applying a plan file, and nothing else; and finding out what a killed attempt has done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from fieldday.approvals import Approval as Signed
from fieldday.errors import FieldDayError, Permanent, Retryable
from fieldday.processes import is_running
from fieldday.provisioning import journal as journals
from fieldday.provisioning.diagnostics import StateLockedError, error_of, errors_in, is_stale
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.import_ids import import_ids
from fieldday.provisioning.interrupted_apply import push_errored_states
from fieldday.provisioning.journal import Journal
from fieldday.provisioning.locks import terraform_lock
from fieldday.provisioning.plan import TerraformPlan
from fieldday.provisioning.planfile import AlteredPlanError, PlanFile, StalePlanError
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.results import (
    AppliedChange,
    ApplyReport,
)
from fieldday.provisioning.state import read_state

_APPLY_SECONDS = 25 * 60
_POLL_SECONDS = 1.0
_NUMBER = "__again_"
APPROVE, CONFIRM = "approve", "confirm_data_loss"
"""The tasks whose approvals an apply needs."""


class InterruptedApplyError(StalePlanError):
    """An earlier attempt at this apply was killed in the midst of it."""


class PartlyAppliedError(Permanent):
    """The apply has failed after it had begun."""


@dataclass(frozen=True)
class Approval:
    """What a person has agreed to."""

    sha256: str
    """Of the plan file."""
    confirmed: frozenset[str] = frozenset()
    """The addresses of resources that may lose their data."""

    @classmethod
    def of(
        cls, plan: ProvisionPlan, approval: Any, confirmation: Any, *, key: str, dag: str
    ) -> Self:
        """Read what the tasks `approve` and `confirm_data_loss` returned in the plan's run.

        Raises `NotApprovedError`: it is not what persons answered, or covers another plan.
        """
        given = Signed.read(approval, key)
        given.check(dag=dag, run=plan.run, task=APPROVE, covers=plan.approved.to_dict())
        given.check_age()
        if not isinstance(confirmation, Mapping) or "covers" not in confirmation:
            return cls(plan.file.sha256)
        confirmed = Signed.read(confirmation, key)
        covers = plan.loss_confirmed
        confirmed.check(dag=dag, run=plan.run, task=CONFIRM, covers=covers.to_dict())
        return cls(plan.file.sha256, frozenset(covers.confirmed))


@dataclass(frozen=True)
class Apply:
    """The apply of one plan by its run."""

    environment: Environment
    plan: ProvisionPlan

    @property
    def file(self) -> PlanFile:
        """The plan file."""
        return self.plan.file

    def __call__(self, approval: Approval) -> ApplyReport:
        """Apply; returns what was done and the outputs.

        Called again after it was killed, it finds out what was done before. Raises
        `AlteredPlanError`, `StalePlanError` (also for a plan that was half done: it has to be
        planned again), `PartlyAppliedError`, and what Terraform's failures become.
        """
        self._check(approval)
        earlier = self._earlier()
        if earlier is not None and earlier.is_complete:
            self._settle()
            return self._report(earlier, "by an attempt that was interrupted after it")
        if earlier is not None and (earlier.done or earlier.begun or earlier.errors):
            self._save_state()
            raise InterruptedApplyError(
                f"{self.environment.name}: an apply of this plan was interrupted: {earlier.text}. "
                "What was done is kept. It has to be planned again."
            )
        self._check_lock()
        self.file.check_age(datetime.now(UTC))
        self.file.check_state(read_state(self.environment.store).version)
        return self._apply(approval, *self._get())

    def _check(self, approval: Approval) -> None:
        if approval.sha256 != self.file.sha256:
            msg = (
                f"{self.environment.name}: plan {approval.sha256[:12]} was approved, not "
                f"{self.file.sha256[:12]}. Provision again."
            )
            raise AlteredPlanError(msg)
        self._check_losses(self.plan.loses_data, approval)

    def _check_losses(self, loses_data: Collection[str], approval: Approval) -> None:
        if missing := sorted(set(loses_data) - approval.confirmed):
            msg = (
                f"{self.environment.name}: data would be lost with {', '.join(missing)}, and "
                "nobody has confirmed that by name. Provision again, and name it."
            )
            raise Permanent(msg)

    def _check_shown(self, plan: TerraformPlan) -> None:
        """Raise `AlteredPlanError` where the file does other things than the card showed."""
        shown = (self.plan.changes, self.plan.outputs)
        if (tuple(change.planned for change in plan.changes), plan.outputs) != shown:
            msg = (
                f"{self.environment.name}: the plan file would do other things than the card "
                "showed: somebody altered what the card was made from. Provision again."
            )
            raise AlteredPlanError(msg)

    def _earlier(self) -> Journal | None:
        """What an earlier try of this run has done; waits for its Terraform where it still runs."""
        output = self.environment.workspace.output
        deadline = time.monotonic() + _APPLY_SECONDS
        while is_running(output):
            if time.monotonic() > deadline:
                msg = f"{self.environment.name}: the Terraform of an earlier try does not end."
                raise StateLockedError(f"{msg} Look at it on this machine.", delay=60)
            time.sleep(_POLL_SECONDS)
        if output.exists():
            # More than what reached the bucket before the worker was killed.
            found = journals.load(self.environment.store, self.plan.run) or self._journal()
            found.forget()
            for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
                found.read(line)
            found.save(self.environment.store)
            return found
        return journals.load(self.environment.store, self.plan.run)

    def _check_lock(self) -> None:
        if (lock := terraform_lock(self.environment.store)) is not None:
            msg = (
                f"{self.environment.name}: Terraform of {lock.holder} works on the state "
                f"({lock.operation}, since {lock.age(datetime.now(UTC))}). Wait for it. Where it "
                "is dead, provision again: the run will ask to release its lock."
            )
            raise StateLockedError(msg, delay=15)

    def _get(self) -> tuple[bytes, dict[str, bytes]]:
        """The plan file, and what the plan made beside it."""
        store, file = self.environment.store, self.file
        content = file.check_content(store.get(file.key))
        return content, {
            name: file.check_made(name, store.get(file.made_key(name))) for name in file.made
        }

    def _apply(self, approval: Approval, content: bytes, made: Mapping[str, bytes]) -> ApplyReport:
        workspace, terraform = self.environment.workspace, self.environment.terraform
        self.environment.prepare()
        for name, file in made.items():
            workspace.put_back(name, file)
        workspace.plan.touch(mode=0o600)
        workspace.plan.write_bytes(content)
        found = self._journal()
        plan = TerraformPlan.of(terraform.show(workspace.plan))
        # As the file says it: what the tasks pass on may have been altered before the card.
        self._check_losses(plan.loses_data, approval)
        self._check_shown(plan)
        found.ids = import_ids(plan.changes)
        found.save(self.environment.store)

        def on_line(line: str) -> None:
            if found.read(line):
                # The apply itself must not end for it; the file beside it has the same lines.
                with contextlib.suppress(FieldDayError):
                    found.save(self.environment.store)

        done = terraform.apply(workspace.plan, workspace.output, on_line, _APPLY_SECONDS)
        with contextlib.suppress(Retryable):
            found.save(self.environment.store)
        if done.code == 0 and found.is_complete:
            self._settle()
            return self._report(found, "")
        diagnostics = errors_in(done.stdout)
        if is_stale(diagnostics):
            msg = f"{self.environment.name}: Terraform finds the plan stale. It is planned again."
            raise StalePlanError(msg)
        saved = self._save_state()
        error = error_of(self.environment.name, diagnostics, done.stderr)
        if not (found.done or found.begun or found.errors) and isinstance(error, Retryable):
            workspace.remove()
            raise error
        parts = [str(error), f"The apply did not complete: {found.words}.", *saved]
        msg = f"{' '.join(parts)} What was done is kept: fix that, and provision again."
        raise PartlyAppliedError(msg) from error

    def _save_state(self) -> list[str]:
        """Store the state that Terraform could not, or say where it is."""
        workspace, store = self.environment.workspace, self.environment.store
        if not workspace.errored_state.exists():
            return []
        try:
            push_errored_states(self.environment.terraform, [workspace], read_state(store).version)
        except FieldDayError:
            return [
                f"The state could not be stored; it is in {workspace.errored_state}, and the next "
                "run on this machine stores it."
            ]
        return ["The state could not be stored at first; now it is."]

    def _settle(self) -> None:
        if self.plan.modules:
            journals.drop(self.environment.store, self.plan.run)
        else:
            journals.settle(self.environment.store)

    def _journal(self) -> Journal:
        return Journal(self.plan.run, self.file.sha256, self.plan.requested_by or "unknown")

    def _report(self, found: Journal, how: str) -> ApplyReport:
        terraform = self.environment.terraform
        if not (self.environment.workspace.root / ".terraform").is_dir():
            self.environment.prepare()
        return ApplyReport(
            run=self.plan.run,
            plan=self.file.sha256,
            text=f"{found.text} {how}".rstrip(),
            begun=True,
            complete=True,
            done=tuple(AppliedChange(done.address, done.action) for done in found.done),
            outputs=terraform.outputs(),
        )


def report_of(plan: ProvisionPlan, error: FieldDayError) -> ApplyReport | None:
    """What an apply that failed reports; none where it failed before it had anything to report."""
    if not isinstance(error, (StalePlanError, PartlyAppliedError)):
        return None
    return ApplyReport(
        run=plan.run,
        plan=plan.file.sha256,
        text=str(error),
        begun=isinstance(error, (InterruptedApplyError, PartlyAppliedError)),
        stale=isinstance(error, StalePlanError),
    )


def run_again(run: str) -> str:
    """The id of the run that plans again what `run` could not apply."""
    base, _, number = run.rpartition(_NUMBER)
    # A person may have chosen an id that has something else there.
    if not base or not (number.isascii() and number.isdigit()):
        base, number = run, "0"
    return f"{base}{_NUMBER}{int(number) + 1}"
