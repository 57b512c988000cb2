"""From plan to apply, and from a killed apply to the next plan, on a model of Terraform."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.provisioning import acquisition, applying, journal, terraform
from fieldday.provisioning.acquisition import release
from fieldday.provisioning.applying import (
    Apply,
    Approval,
    InterruptedApplyError,
    PartlyAppliedError,
)
from fieldday.provisioning.diagnostics import NoAccessError, StateLockedError
from fieldday.provisioning.drift_check import check_drift
from fieldday.provisioning.environment import Environment
from fieldday.provisioning.locks import acquire, run_lock
from fieldday.provisioning.planfile import AlteredPlanError, StalePlanError
from fieldday.provisioning.planning import make_plan, verify
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.request import ProvisionRequest
from fieldday.provisioning.results import ApplyReport
from fieldday.provisioning.store import Store
from fieldday.provisioning.terraform import check_configuration
from fieldday.settings import Settings
from tests.unit.fieldday.provisioning.conftest import BUCKET
from tests.unit.fieldday.provisioning.terraform_model import TYPE, TerraformModel

A, B = f"{TYPE}.a", f"{TYPE}.b"


@pytest.fixture
def model(store: Store, monkeypatch: pytest.MonkeyPatch) -> TerraformModel:
    found = TerraformModel(store)
    monkeypatch.setattr(terraform, "run", found.run)
    monkeypatch.setattr(terraform, "run_detached", found.run_detached)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "environments").mkdir(parents=True)
    (folder / "main.tf").write_text("")
    (folder / "environments" / "staging.tfvars").write_text("")
    return folder


class Runs:
    """Runs of `provision` for staging, each with its own workspace on one machine."""

    def __init__(self, s3: Any, root: Path, work: Path) -> None:
        self.s3, self.root, self.work = s3, root, work

    def environment(self, run: str) -> Environment:
        settings = Settings.from_env(
            {"FIELDDAY_TERRAFORM_ROOT": str(self.root), "FIELDDAY_TERRAFORM_WORK": str(self.work)}
        )
        assert settings.terraform.state_bucket == BUCKET
        return Environment.of(settings, "staging", run, self.s3, {})

    def plan(self, run: str, mode: Any = "apply") -> ProvisionPlan:
        request = ProvisionRequest("staging", (), mode, 60, "A test")
        plan = make_plan(self.environment(run), request, run, "operator")
        # It goes through the database.
        found = ProvisionPlan.from_dict(json.loads(json.dumps(plan.to_dict())))
        assert found == plan
        return found

    def apply(self, plan: ProvisionPlan, *confirmed: str, **file: Any) -> ApplyReport:
        apply = Apply(self.environment(plan.run), replace(plan, file=replace(plan.file, **file)))
        return apply(Approval(plan.file.sha256, frozenset(confirmed)))


@pytest.fixture
def runs(s3: Any, root: Path, tmp_path: Path, model: TerraformModel) -> Runs:
    return Runs(s3, root, tmp_path / "work")


def test_a_plan_is_applied_once_and_then_nothing_is_left(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    assert (plan.words, plan.is_empty) == ("2 to add", False)
    done = runs.apply(plan)
    assert done.text == "run run-1: 2 made"
    assert done.outputs == {"name": "x"}
    assert model.there == {A, B}
    assert verify(runs.environment("run-1"), plan, lambda _: None).answered == {}
    again = runs.plan("run-2")
    assert again.is_empty
    assert again.recovery == ()
    with pytest.raises(StalePlanError, match="the state has moved"):
        runs.apply(replace(plan, run="run-3"))


def test_what_is_left_after_an_apply_is_named(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    runs.apply(plan)
    model.wanted.add(f"{TYPE}.c")
    with pytest.raises(Permanent, match=rf"left to do after the apply: 1 to add \({TYPE}.c\)"):
        verify(runs.environment("run-1"), plan, lambda _: None)


def test_only_the_approved_file_in_its_time_is_applied(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    with pytest.raises(AlteredPlanError, match="was approved, not"):
        runs.apply(plan, sha256="cd" * 32)
    with pytest.raises(StalePlanError, match="expired after 60 min"):
        runs.apply(plan, created=datetime(2026, 1, 1, tzinfo=UTC))
    runs.environment("x").store.put(plan.file.key, b"other")
    with pytest.raises(AlteredPlanError, match="was altered"):
        runs.apply(plan)
    with pytest.raises(Permanent, match="nobody has confirmed that by name"):
        runs.apply(replace(plan, changes=(replace(plan.changes[0], loses_data=True),)))
    assert model.there == set()


def test_the_plan_file_says_what_loses_its_data(
    runs: Runs, model: TerraformModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what the tasks pass on, in which anybody could leave it out."""
    runs.apply(runs.plan("run-1"))
    monkeypatch.setattr("fieldday.provisioning.plan.DATA_HOLDING", frozenset({TYPE}))
    plan = runs.plan("run-2", mode="destroy")
    assert plan.loses_data == (A, B)
    altered = replace(plan, changes=tuple(replace(c, loses_data=False) for c in plan.changes))
    with pytest.raises(Permanent, match=f"data would be lost with {A}, {B}, and nobody"):
        runs.apply(altered)
    assert model.there == {A, B}
    with pytest.raises(AlteredPlanError, match="would do other things than the card showed"):
        runs.apply(altered, A, B)
    harmless = replace(plan, changes=plan.changes[:1])
    with pytest.raises(AlteredPlanError, match="would do other things than the card showed"):
        runs.apply(harmless, A, B)
    assert model.there == {A, B}
    runs.apply(plan, A, B)
    assert model.there == set()


def test_what_a_plan_made_is_there_for_its_apply(
    runs: Runs, model: TerraformModel, store: Store
) -> None:
    """A function's archive: another worker applies, and finds the root as the checkout has it."""
    model.archive = ".terraform/functions/rotate.zip"
    plan = runs.plan("run-1")
    file = plan.file
    key = f"plans/staging/{file.sha256}/{model.archive}"
    assert file.keys == [file.key, key]
    runs.environment("run-1").workspace.remove()

    store.put(key, b"another function")
    with pytest.raises(AlteredPlanError, match=r"functions/rotate\.zip of the plan was altered"):
        runs.apply(plan)
    store.delete(key)
    with pytest.raises(StalePlanError, match=r"functions/rotate\.zip of the plan is gone"):
        runs.apply(plan)
    assert model.there == set()

    store.put(key, b"a function")
    runs.apply(plan)
    assert model.uploaded == b"a function"


def test_a_lock_of_terraform_s_is_waited_for(runs: Runs, store: Store) -> None:
    plan = runs.plan("run-1")
    lock = {"ID": "1", "Operation": "OperationTypeApply", "Who": "ann@laptop"}
    body = json.dumps({**lock, "Created": "2026-01-01T00:00:00Z"}).encode()
    store.put("staging/terraform.tfstate.tflock", body)
    with pytest.raises(StateLockedError, match="ann@laptop works on the state"):
        runs.apply(plan)


def test_a_worker_that_was_killed_after_terraform_ended(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    runs.apply(plan)
    # The first try had not reported yet.
    workspace = runs.environment("run-1").workspace
    assert workspace.output.exists()
    calls = len(model.calls)
    again = runs.apply(plan)
    assert again.text == "run run-1: 2 made by an attempt that was interrupted after it"
    assert not [words for words in model.calls[calls:] if words[1] == "apply"]


def test_an_apply_that_was_killed_goes_on_in_the_next_plan(
    runs: Runs, model: TerraformModel
) -> None:
    plan = runs.plan("run-1")
    model.stops_after = 1
    with pytest.raises(KeyboardInterrupt):
        runs.apply(plan)
    with pytest.raises(
        InterruptedApplyError, match=r"was interrupted: run run-1: 1 made\. What was done is kept"
    ):
        runs.apply(plan)
    model.stops_after = None
    plan = runs.plan("run-2")
    assert plan.words == "1 to add, 1 to import"
    assert plan.recovery[0] == "run run-1: 1 made"
    assert plan.recovery[1].endswith(f"imported by this plan: {A} (id-{A})")
    runs.apply(plan)
    assert runs.plan("run-3").recovery == ()


def test_another_machine_knows_of_it_by_the_journal(
    runs: Runs, model: TerraformModel, tmp_path: Path
) -> None:
    plan = runs.plan("run-1")
    model.stops_after = 1
    with pytest.raises(KeyboardInterrupt):
        runs.apply(plan)
    runs.work = tmp_path / "elsewhere"
    with pytest.raises(InterruptedApplyError, match="run run-1: 1 made"):
        runs.apply(plan)


def test_a_try_that_was_killed_before_it_began_is_made_again(
    runs: Runs, model: TerraformModel
) -> None:
    plan = runs.plan("run-1")
    model.stops_after = 0
    with pytest.raises(KeyboardInterrupt):
        runs.apply(plan)
    model.stops_after = None
    assert runs.apply(plan).text == "run run-1: 2 made"


def test_a_try_whose_terraform_still_runs_is_waited_for(
    runs: Runs, model: TerraformModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = runs.plan("run-1")
    runs.apply(plan)
    answers = [True, True, False]
    monkeypatch.setattr(applying, "is_running", lambda _: answers.pop(0))
    monkeypatch.setattr(applying, "_POLL_SECONDS", 0.0)
    assert "by an attempt that was interrupted" in runs.apply(plan).text
    assert answers == []
    monkeypatch.setattr(applying, "is_running", lambda _: True)
    monkeypatch.setattr(applying, "_APPLY_SECONDS", -1)
    with pytest.raises(StateLockedError, match="of an earlier try does not end"):
        runs.apply(plan)


def failed(summary: str) -> tuple[int, str, str]:
    diagnostic = {"severity": "error", "summary": summary, "detail": ""}
    return 1, json.dumps({"type": "diagnostic", "diagnostic": diagnostic}), ""


def test_an_apply_that_fails_says_what_was_done(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    model.failing["apply"] = failed("Error creating topic: quota")
    with pytest.raises(PartlyAppliedError) as caught:
        runs.apply(plan)
    assert str(caught.value) == (
        "staging: Error creating topic: quota. The apply did not complete: run run-1: "
        "nothing was done. What was done is kept: fix that, and provision again."
    )
    del model.failing["apply"]
    plan = runs.plan("run-2")
    assert plan.recovery == ("run run-1: nothing was done; Error creating topic: quota",)
    runs.apply(plan)
    assert journal.unsettled(runs.environment("x").store) == []


def test_terraform_s_own_word_that_a_plan_is_stale_counts(
    runs: Runs, model: TerraformModel
) -> None:
    plan = runs.plan("run-1")
    model.failing["apply"] = failed("Saved plan is stale")
    with pytest.raises(StalePlanError, match="Terraform finds the plan stale"):
        runs.apply(plan)


def test_an_apply_that_did_not_begin_is_tried_again(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    model.failing["apply"] = (1, "", "dial tcp: connection refused")
    with pytest.raises(Retryable, match="AWS can't be reached"):
        runs.apply(plan)
    del model.failing["apply"]
    assert runs.apply(plan).text == "run run-1: 2 made"


def test_a_state_that_can_not_be_stored_is_stored_when_it_can(
    runs: Runs, model: TerraformModel
) -> None:
    plan = runs.plan("run-1")
    model.keeps_state = True
    model.failing["state push"] = (1, "", "AccessDenied")
    with pytest.raises(PartlyAppliedError, match=r"it is in .*errored\.tfstate"):
        runs.apply(plan)
    with pytest.raises(NoAccessError, match="holds a state that could not be stored"):
        runs.plan("run-2")
    del model.failing["state push"]
    plan = runs.plan("run-3")
    assert plan.is_empty
    assert plan.recovery[0] == "the state that run run-1 could not store was stored now"
    assert model.serial == 1


def test_one_that_can_be_stored_at_once_is(runs: Runs, model: TerraformModel) -> None:
    plan = runs.plan("run-1")
    model.keeps_state = True
    with pytest.raises(PartlyAppliedError, match="could not be stored at first; now it is"):
        runs.apply(plan)
    assert model.serial == 1


def test_a_destroy_imports_nothing(runs: Runs, model: TerraformModel) -> None:
    runs.apply(runs.plan("run-1"))
    plan = runs.plan("run-2", "destroy")
    assert plan.words == "2 to destroy"
    runs.apply(plan)
    assert model.there == set()


@pytest.mark.parametrize("command", ["init", "plan", "show"])
def test_each_command_that_fails_says_why(runs: Runs, model: TerraformModel, command: str) -> None:
    code, output, _ = failed("It broke")
    model.failing[command] = (code, output if command == "plan" else "", "It broke")
    with pytest.raises(Permanent, match="It broke"):
        runs.plan("run-1")


def test_what_is_no_json_is_named(runs: Runs, model: TerraformModel) -> None:
    model.failing["show"] = (0, "Terraform!", "")
    with pytest.raises(Permanent, match=r"returns no JSON \('Terraform!'\). Is it 1.11 or newer"):
        runs.plan("run-1")


def test_terraform_gets_no_settings_of_somebody_else_s(
    runs: Runs, model: TerraformModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []

    def run(argv: Any, **more: Any) -> Any:
        given.append(more["env"])
        return model.run(argv, **more)

    monkeypatch.setattr(terraform, "run", run)
    runs.plan("run-1")
    assert given
    for env in given:
        assert env["TF_LOG"] == env["TF_WORKSPACE"] == env["TF_CLI_ARGS"] == ""
        assert env["TF_INPUT"] == "0"
    plans = [words for words in model.calls if words[1] == "plan"]
    assert plans
    assert all("-input=false" in words for words in plans)


def test_the_configuration_is_looked_at(runs: Runs, model: TerraformModel, root: Path) -> None:
    place = runs.environment("run-1")
    place.workspace.prepare(root)
    assert check_configuration(place.terraform, "terraform") == {
        "format": "clean",
        "validate": "valid",
    }
    wrong = {"severity": "error", "summary": "Unsupported argument", "detail": "No x here."}
    model.failing["validate"] = (1, json.dumps({"diagnostics": [wrong]}), "")
    with pytest.raises(Permanent, match=r"terraform: Unsupported argument. No x here\."):
        check_configuration(place.terraform, "terraform")
    model.failing["fmt"] = (3, "main.tf\nvariables.tf\n", "")
    with pytest.raises(Permanent, match=r"is not formatted: main.tf, variables.tf"):
        check_configuration(place.terraform, "terraform")
    model.failing["fmt"] = (2, "", "Invalid expression")
    with pytest.raises(Permanent, match="Invalid expression"):
        check_configuration(place.terraform, "terraform")


def test_what_is_released_with_an_environment(
    runs: Runs, model: TerraformModel, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.archive = ".terraform/functions/rotate.zip"
    plan = runs.plan("run-1")
    acquire(store, "run-1", "ann", "why")
    assert len(store.keys("plans/")) == 2
    place = runs.environment("run-1")

    # A Terraform that outlived its worker writes there.
    with monkeypatch.context() as patch:
        patch.setattr(acquisition, "is_running", lambda _: True)
        release(place, "run-1", plan)
    assert place.workspace.root.is_dir()
    # A state that is to be stored is nowhere else.
    place.workspace.errored_state.write_text("a state")
    release(place, "run-1", None)
    assert place.workspace.errored_state.is_file()
    place.workspace.errored_state.unlink()

    release(place, "run-1", plan)
    assert not place.workspace.folder.exists()
    assert store.keys("") == []


def test_the_lock_of_another_run_is_not_released(runs: Runs, store: Store) -> None:
    acquire(store, "run-2", "ann", "why")
    release(runs.environment("run-1"), "run-1", None)
    held = run_lock(store)
    assert held is not None
    assert held.id == "run-2"


class NoTrail:
    def lookup_events(self, **_: Any) -> Any:
        return {"Events": []}


def test_drift_is_looked_for_where_nobody_is_at_work(
    runs: Runs, model: TerraformModel, store: Store
) -> None:
    def check() -> tuple[str, str]:
        report = check_drift(runs.environment("drift"), "drift", NoTrail())
        return report.outcome, report.reason

    assert check() == ("not checked", "it has never been provisioned")
    runs.apply(runs.plan("run-1"))
    assert check() == ("in sync", "all is as Terraform left it")
    model.wanted.add(f"{TYPE}.c")
    report = check_drift(runs.environment("drift"), "drift", NoTrail())
    assert report.pending == (f"{TYPE}.c",)
    assert not runs.environment("drift").workspace.folder.exists()
    acquire(store, "run-2", "ann", "why")
    assert check() == ("not checked", "run run-2 of ann holds the lock")


def test_a_check_that_fails_leaves_no_plan_behind(runs: Runs, model: TerraformModel) -> None:
    runs.apply(runs.plan("run-1"))
    model.failing["plan"] = failed("Plugin did not respond")
    with pytest.raises(Retryable, match="the provider crashed"):
        check_drift(runs.environment("drift"), "drift", NoTrail())
    assert not runs.environment("drift").workspace.folder.exists()
