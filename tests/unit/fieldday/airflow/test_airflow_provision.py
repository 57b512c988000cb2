"""What `provision` asks people, and what its tasks make of their answers and of errors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from airflow.sdk import DagRunState
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskAwaitingInput

from fieldday.airflow import aws as aws_module
from fieldday.airflow.provision import apply as provision_apply
from fieldday.airflow.provision import tasks
from fieldday.airflow.provision.apply import ApplyOperator, PlanAgainOperator
from fieldday.airflow.provision.approvals import DataLossConfirmation, LockRelease, PlanApproval
from fieldday.approvals import Approval
from fieldday.errors import Invalid, Permanent
from fieldday.locks.policy import LockedError
from fieldday.provisioning import applying, locks, planning
from fieldday.provisioning.applying import InterruptedApplyError, PartlyAppliedError
from fieldday.provisioning.diagnostics import NoAccessError
from fieldday.provisioning.planfile import AlteredPlanError, StalePlanError
from fieldday.provisioning.provision_plan import ProvisionPlan
from fieldday.provisioning.results import ApplyReport
from fieldday.provisioning.scan import Scan
from tests.unit.fieldday.airflow.conftest import KEY, TaskInstance, complete
from tests.unit.fieldday.provisioning.plans import SHA
from tests.unit.fieldday.provisioning.plans import change as planned_change
from tests.unit.fieldday.provisioning.plans import plan as a_plan
from tests.unit.fieldday.provisioning.s3_model import S3Model

DATABASE = "module.database.aws_db_instance.this"
BUCKET = "fieldday-terraform-state"


def plan(**changes: Any) -> dict[str, Any]:
    return json.loads(json.dumps(a_plan(**changes).to_dict()))  # type: ignore[no-any-return]


SCAN = Scan("not scanned", "checkov is not installed").to_dict()


def answered(option: str, by: str | None = "approver", **fields: str) -> dict[str, Any]:
    """What Airflow gives a task that a person has answered."""
    return {
        "chosen_options": [option],
        "params_input": fields,
        "responded_at": datetime(2026, 11, 25, tzinfo=UTC),
        "responded_by_user": {"id": by, "name": by} if by else None,
        "timedout": by is None,
    }


@pytest.fixture(autouse=True)
def cards(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What is put up for people, instead of into Airflow's database."""
    found = Mock()
    monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", found)
    return found


@pytest.fixture
def aws(connect: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The state bucket, and the connection that leads there."""
    fields = {"login": "a", "password": "b", "extra": {"region_name": "us-east-1"}}
    connect("aws_default", conn_type="aws", **fields)
    client = S3Model(BUCKET)
    monkeypatch.setattr(aws_module, "client", lambda _: client)
    return client


def approval(**changes: Any) -> PlanApproval:
    return PlanApproval(task_id="approve", plan=plan(**changes), scan=SCAN)


def test_the_card_is_about_one_file_and_as_long_as_it_is_good(context: Any, cards: Mock) -> None:
    with pytest.raises(TaskAwaitingInput) as caught:
        approval().execute(context)
    given = cards.call_args.kwargs
    assert given["subject"] == "Change staging: 1 to change?"
    assert SHA in given["body"]
    assert given["defaults"] == ["Reject"]
    assert timedelta(minutes=59) < caught.value.timeout <= timedelta(minutes=60)


def test_a_plan_that_is_too_old_waits_for_nobody(context: Any) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(TaskAwaitingInput) as caught:
        approval(file=replace(a_plan().file, created=long_ago)).execute(context)
    assert caught.value.timeout == timedelta(seconds=1)


@pytest.mark.parametrize("changes", [{"changes": ()}, {"mode": "plan"}])
def test_nothing_is_asked_where_nothing_is_to_be_applied(
    context: Any, cards: Mock, changes: Any
) -> None:
    with pytest.raises(AirflowSkipException, match="Nothing to approve"):
        approval(**changes).execute(context)
    cards.assert_not_called()


def test_an_approval_is_of_that_checksum(context: Any) -> None:
    found = complete(approval(), context, answered("Approve"))
    assert found["covers"]["plan"] == SHA
    assert found["covers"]["environment"] == "staging"
    assert (found["decision"], found["by"]) == ("approved", "approver")


@pytest.mark.parametrize(("by", "decision"), [("ann", "rejected"), (None, "unanswered")])
def test_whatever_else_is_no_approval(
    context: Any, ti: TaskInstance, by: str | None, decision: str
) -> None:
    with pytest.raises(AirflowFailException, match=r"Nothing was changed\."):
        complete(approval(), context, answered("Reject", by))
    assert ti.pushed["report"]["decision"] == decision


def confirmation(*addresses: str) -> DataLossConfirmation:
    changes = tuple(planned_change(address, loses_data=True) for address in addresses)
    return DataLossConfirmation(task_id="confirm_data_loss", plan=plan(changes=changes))


def test_nothing_is_confirmed_where_no_data_is_lost(context: Any, cards: Mock) -> None:
    assert confirmation().execute(context) == {"confirmed": []}
    cards.assert_not_called()


def test_the_second_card_has_a_field_for_the_name(context: Any, cards: Mock) -> None:
    with pytest.raises(TaskAwaitingInput):
        confirmation(DATABASE).execute(context)
    assert list(cards.call_args.kwargs["params"]) == ["resources"]


@pytest.mark.parametrize("typed", ["x.a x.b", "x.b, x.a", " x.a,\nx.b "])
def test_all_that_is_lost_has_to_be_named(context: Any, typed: str) -> None:
    found = complete(confirmation("x.a", "x.b"), context, answered("Approve", resources=typed))
    assert found["covers"]["confirmed"] == ["x.a", "x.b"]


@pytest.mark.parametrize("typed", [None, "", "x.a", "x.a x.b x.c", "X.A X.B", "the database"])
def test_another_name_changes_nothing(context: Any, ti: TaskInstance, typed: Any) -> None:
    with pytest.raises(AirflowFailException, match=r"would lose the data of x\.a, x\.b") as caught:
        complete(confirmation("x.a", "x.b"), context, answered("Approve", resources=typed))
    assert ti.pushed == {"error": str(caught.value)}


@pytest.fixture
def apply(monkeypatch: pytest.MonkeyPatch, aws: Any) -> Mock:
    """What applying does."""
    monkeypatch.setenv("FIELDDAY_TERRAFORM_ROOT", "terraform/local")
    locks.acquire(store(aws), "run-1", "operator", "A larger database")
    found = create_autospec(applying.Apply.__call__)
    monkeypatch.setattr(applying.Apply, "__call__", found)
    return found


PLANNED = plan(changes=(planned_change(DATABASE, loses_data=True),))
COVERS = ProvisionPlan.from_dict(PLANNED).approved.to_dict()
CONFIRMED = ProvisionPlan.from_dict(PLANNED).loss_confirmed.to_dict()


REQUEST = {
    "environment": "staging",
    "modules": [],
    "mode": "apply",
    "plan_minutes": 60.0,
    "reason": "A larger database",
}


@pytest.fixture
def replace_plan(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """In place of planning."""
    found = create_autospec(planning.make_plan)
    monkeypatch.setattr(planning, "make_plan", found)
    return found


def signed(task: str, covers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a task returns after a person approved."""
    at = datetime.now(UTC).isoformat()
    return replace(Approval("release", "run-1", task, "ann", at, covers), **changes).signed(KEY)


def operator(confirmed: list[str] | None = None, **changes: Any) -> ApplyOperator:
    named = {**CONFIRMED, "confirmed": confirmed}
    given = {
        "plan": PLANNED,
        "approval": signed("approve", COVERS),
        "confirmation": signed("confirm_data_loss", named) if confirmed else {"confirmed": []},
        **changes,
    }
    return ApplyOperator(task_id="apply", **given)


APPROVED = signed("approve", COVERS)
FORGED = [
    ({"approval": None}, "nobody approved"),
    ({"approval": {"plan": SHA}}, "nobody approved"),
    ({"approval": {"decision": "approved", "by": "ann", "plan": SHA}}, "signature does not match"),
    ({"approval": {**APPROVED, "by": "operator"}}, "signature does not match"),
    ({"approval": signed("approve", COVERS, run="run-0")}, "run 'run-0', not approve of release"),
    ({"approval": signed("approve", COVERS, at="2026-01-01T00:00:00+00:00")}, "expires after 24 h"),
    ({"approval": signed("approve", {**COVERS, "plan": "0" * 64})}, "something else: plan changed"),
    ({"approval": signed("approve", {**COVERS, "environment": "x"})}, "environment changed"),
    ({"confirmation": {"covers": {"confirmed": [DATABASE]}}}, "nobody approved"),
    ({"confirmation": signed("approve", CONFIRMED)}, "ann approved approve"),
    ({"confirmation": signed("confirm_data_loss", CONFIRMED, run="run-0")}, "run 'run-0'"),
    ({"plan": {**PLANNED, "reason": "Another"}}, "something else: content changed"),
    ({"plan": {**PLANNED, "file": {**PLANNED["file"], "minutes": 9999.0}}}, "content changed"),
    ({"confirmation": signed("confirm_data_loss", {**CONFIRMED, "confirmed": []})}, "confirmed"),
    ({"plan": {**PLANNED, "run": "run-0"}}, "plan: is of run 'run-0'"),
]


@pytest.mark.parametrize(("changes", "words"), FORGED)
def test_what_nobody_approved_is_not_applied(
    context: Any, ti: TaskInstance, apply: Mock, changes: Any, words: str
) -> None:
    with pytest.raises(Permanent, match=words) as caught:
        operator(**changes).execute(context)
    apply.assert_not_called()
    assert ti.pushed == {"error": str(caught.value)}


@pytest.mark.parametrize(("holder", "said"), [("run-0", "run 'run-0' holds it"), (None, "nobody")])
def test_a_run_without_the_lock_neither_plans_nor_applies(
    context: Any, aws: Any, apply: Mock, replace_plan: Mock, holder: str | None, said: str
) -> None:
    locks.release(store(aws), "run-1")
    if holder is not None:
        locks.acquire(store(aws), holder, "ann", "why")
    with pytest.raises(Permanent, match=f"this run has not acquired the lock: {said}"):
        operator([DATABASE]).execute(context)
    apply.assert_not_called()
    asked = {"request": REQUEST, "left": []}
    with pytest.raises(Permanent, match=f"this run has not acquired the lock: {said}"):
        tasks.plan.function(asked)
    replace_plan.assert_not_called()


def test_what_was_approved_and_confirmed_is_what_is_applied(
    context: Any, ti: TaskInstance, apply: Mock
) -> None:
    apply.return_value = ApplyReport("run-1", SHA, "run run-1: 1 changed", True, complete=True)
    operator([DATABASE]).execute(context)
    what, agreed = apply.call_args.args
    assert (what.plan.file.sha256, what.plan.run, what.plan.loses_data) == (
        SHA,
        "run-1",
        (DATABASE,),
    )
    assert agreed == applying.Approval(SHA, frozenset({DATABASE}))
    assert ti.pushed["report"]["begun"] is True
    assert ti.pushed["report"]["stale"] is False


@pytest.mark.parametrize(
    ("error", "begun", "again"),
    [
        (StalePlanError("the state has moved."), False, True),
        (InterruptedApplyError("an apply was cut off."), True, True),
        (PartlyAppliedError("the provider crashed."), True, False),
        (AlteredPlanError("the file was altered."), None, False),
    ],
)
def test_what_is_planned_again_and_what_is_not(
    context: Any, ti: TaskInstance, apply: Mock, error: Exception, begun: bool | None, again: bool
) -> None:
    apply.side_effect = error
    with pytest.raises(type(error)):
        operator().execute(context)
    assert ti.pushed["error"] == str(error)
    assert ti.pushed.get("report", {}).get("begun") is begun
    assert ti.pushed.get("report", {}).get("stale", False) is again


def test_a_task_that_is_stopped_asks_terraform_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Mock()
    monkeypatch.setattr(provision_apply, "interrupt_detached", asked)
    operator().on_kill()
    asked.assert_called_once_with()


@pytest.mark.parametrize(
    ("run", "following"),
    [
        ("run-1", "run-1__again_1"),
        ("run-1__again_1", "run-1__again_2"),
        ("r__again_9", "r__again_10"),
    ],
)
def test_a_stale_plan_is_made_again_by_a_run_with_the_same_form(
    context: Any, ti: TaskInstance, run: str, following: str
) -> None:
    from airflow.sdk.exceptions import DagRunTriggerException

    context["dag_run"].run_id = run
    context["params"] = {"environment": "staging", "mode": "apply"}
    stale = ApplyReport("run-1", SHA, "the state has moved", begun=False, stale=True)
    ti.left["apply", "report"] = stale.to_dict()
    with pytest.raises(DagRunTriggerException) as caught:
        PlanAgainOperator(task_id="plan_again").execute(context)
    assert caught.value.trigger_dag_id == "provision"
    assert caught.value.dag_run_id == following
    assert caught.value.conf == context["params"]
    assert ti.pushed["report"]["run"] == following


def test_a_run_s_id_may_be_anything() -> None:
    assert applying.run_again("x__again_y") == "x__again_y__again_1"
    assert applying.run_again("__again_2") == "__again_2__again_1"


@pytest.mark.parametrize("stale", [None, False])
def test_nothing_is_planned_again_without_a_reason(
    context: Any, ti: TaskInstance, stale: bool | None
) -> None:
    if stale is not None:
        ti.left["apply", "report"] = ApplyReport("run-1", SHA, "done", True).to_dict()
    with pytest.raises(AirflowSkipException):
        PlanAgainOperator(task_id="plan_again").execute(context)


class Known(TaskInstance):
    """A task instance that can ask for the states of runs."""

    def __init__(self, **states: str) -> None:
        super().__init__()
        self.runs = states

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        assert dag_id == "provision"
        return DagRunState(self.runs[run_id])


@pytest.fixture
def asked(context: Any, aws: Any, environment: Any) -> Any:
    """The context of a run for staging."""
    environment({"FIELDDAY_TERRAFORM_ROOT": "terraform/local"})
    context["params"] = {
        "environment": "staging",
        "modules": [],
        "mode": "apply",
        "plan_minutes": 60,
        "reason": "A larger database",
    }
    context["ti"] = Known()
    return context


def store(aws: Any) -> Any:
    from fieldday.provisioning.store import Store

    return Store(aws, BUCKET, "staging", state_key="local/staging/terraform.tfstate")


def test_an_environment_that_is_free_is_taken(asked: Any, aws: Any) -> None:
    assert tasks.acquire_lock.function()["left"] == []
    held = locks.run_lock(store(aws))
    assert held is not None
    assert (held.id, held.holder, held.operation) == ("run-1", "operator", "A larger database")
    # A retry finds that it has it.
    assert tasks.acquire_lock.function()["left"] == []


def test_a_wrong_value_takes_nothing(asked: Any, aws: Any) -> None:
    asked["params"]["environment"] = "prodution"
    with pytest.raises(Invalid, match=r"'prodution' is not known. Use development, production"):
        tasks.acquire_lock.function()
    assert locks.run_lock(store(aws)) is None
    assert "prodution" in asked["ti"].pushed["error"]


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_lives_has_it(asked: Any, aws: Any, state: str) -> None:
    locks.acquire(store(aws), "run-0", "ann", "why")
    asked["ti"].runs = {"run-0": state}
    with pytest.raises(LockedError, match="run 'run-0' of ann holds the lock"):
        tasks.acquire_lock.function()


@pytest.mark.parametrize(
    ("runs", "known"), [({"run-0": "failed"}, "failed"), ({}, "not known to Airflow")]
)
def test_what_a_dead_run_left_is_for_a_person(
    asked: Any, aws: Any, runs: dict[str, str], known: str
) -> None:
    locks.acquire(store(aws), "run-0", "ann", "why")
    asked["ti"].runs = runs
    (left,) = tasks.acquire_lock.function()["left"]
    assert left["lock"]["id"] == "run-0"
    assert left["known"] == f"the run is {known}"
    held = locks.run_lock(store(aws))
    assert held is not None
    assert held.id == "run-0"


def terraform_lock(aws: Any, age: timedelta, identity: str = "0b8c") -> None:
    created = f"{datetime.now(UTC) - age:%Y-%m-%dT%H:%M:%S.%f}123Z"
    lock = {
        "ID": identity,
        "Operation": "OperationTypePlan",
        "Who": "ann@laptop",
        "Created": created,
    }
    store(aws).put("local/staging/terraform.tfstate.tflock", json.dumps(lock).encode())


def test_a_young_lock_of_terraform_s_is_waited_for(asked: Any, aws: Any) -> None:
    terraform_lock(aws, timedelta(seconds=5))
    with pytest.raises(LockedError, match="Terraform of ann@laptop holds the lock"):
        tasks.acquire_lock.function()


def released(request: Any) -> LockRelease:
    return LockRelease(task_id="release_stale_lock", request=request)


def test_an_old_one_is_released_by_a_person(asked: Any, aws: Any, cards: Mock) -> None:
    terraform_lock(aws, timedelta(minutes=5))
    request = tasks.acquire_lock.function()
    task = released(json.loads(json.dumps(request)))
    with pytest.raises(TaskAwaitingInput):
        task.execute(asked)
    assert "`ann@laptop`" in cards.call_args.kwargs["body"]
    assert "nothing is known of it" in cards.call_args.kwargs["body"]
    found = complete(task, asked, answered("Approve"))
    assert found["covers"]["released"][0]["id"] == "0b8c"
    assert locks.terraform_lock(store(aws)) is None
    held = locks.run_lock(store(aws))
    assert held is not None
    assert held.id == "run-1"


def test_a_lock_that_came_meanwhile_is_not_released(asked: Any, aws: Any) -> None:
    terraform_lock(aws, timedelta(minutes=5))
    request = json.loads(json.dumps(tasks.acquire_lock.function()))
    terraform_lock(aws, timedelta(0), "another")
    complete(released(request), asked, answered("Approve"))
    found = locks.terraform_lock(store(aws))
    assert found is not None
    assert found.id == "another"


def test_another_run_that_was_faster_is_told(asked: Any, aws: Any) -> None:
    terraform_lock(aws, timedelta(minutes=5))
    request = json.loads(json.dumps(tasks.acquire_lock.function()))
    locks.acquire(store(aws), "run-0", "bob", "why")
    with pytest.raises(AirflowFailException, match="run 'run-0' of bob") as caught:
        complete(released(request), asked, answered("Approve"))
    assert asked["ti"].pushed["error"] == str(caught.value)


def test_a_rejection_leaves_it_locked(asked: Any, aws: Any) -> None:
    terraform_lock(aws, timedelta(minutes=5))
    request = json.loads(json.dumps(tasks.acquire_lock.function()))
    with pytest.raises(AirflowFailException, match="The environment stays locked"):
        complete(released(request), asked, answered("Reject"))
    assert locks.terraform_lock(store(aws)) is not None
    assert locks.run_lock(store(aws)) is None


def test_nothing_is_asked_where_nothing_is_left(asked: Any, cards: Mock) -> None:
    assert released(tasks.acquire_lock.function()).execute(asked) == {}
    cards.assert_not_called()


def test_an_environment_is_freed_with_its_plan(asked: Any, aws: Any) -> None:
    request = tasks.acquire_lock.function()
    place = store(aws)
    planned = plan()
    planned["file"]["made"] = {".terraform/functions/rotate.zip": SHA}
    assert len(ProvisionPlan.from_dict(planned).file.keys) == 2
    for key in ProvisionPlan.from_dict(planned).file.keys:
        place.put(key, b"secrets")
    asked["ti"].left["plan", "return_value"] = planned
    tasks.release_lock.function(request)
    assert locks.run_lock(place) is None
    assert place.keys("plans/") == []
    tasks.release_lock.function(None)


def test_an_environment_is_freed_also_where_the_plan_was_altered(asked: Any, aws: Any) -> None:
    request = tasks.acquire_lock.function()
    asked["ti"].left["plan", "return_value"] = {"run": "x"}
    with pytest.raises(Permanent, match="ProvisionPlan: what an earlier task left"):
        tasks.release_lock.function(request)
    assert locks.run_lock(store(aws)) is None


FORGED: list[Any] = [None, [], "applied", {}, {"run": "run-1"}, {**plan(), "file": {"sha256": SHA}}]


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_no_plan_is_neither_shown_nor_applied(
    context: Any, ti: TaskInstance, apply: Mock, cards: Mock, forged: Any
) -> None:
    for operator in (
        PlanApproval(task_id="approve", plan=forged, scan=SCAN),
        DataLossConfirmation(task_id="confirm_data_loss", plan=forged),
        ApplyOperator(task_id="apply", plan=forged, approval={"plan": SHA}, confirmation={}),
    ):
        with pytest.raises(Permanent, match="ProvisionPlan: what an earlier task left can't be re"):
            operator.execute(context)
        assert "ProvisionPlan" in ti.pushed.pop("error")
    apply.assert_not_called()
    cards.assert_not_called()


def test_terraform_gets_the_connection_s_credentials(aws: Any, connect: Any) -> None:
    extra = {"region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:5000"}
    connect("aws_default", conn_type="aws", login="key", password="secret", extra=extra)
    found = aws_module.environment_variables()
    assert found == {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
    }


def test_a_connection_without_credentials_is_named(
    connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    connect("aws_default", conn_type="aws", extra={"region_name": "us-east-1"})
    with pytest.raises(NoAccessError, match="aws_default: has no credentials"):
        aws_module.environment_variables()


def test_clients_have_limits_and_what_the_connection_says_comes_first(connect: Any) -> None:
    extra: dict[str, Any] = {"region_name": "us-east-1"}
    connect("aws_default", conn_type="aws", login="a", password="b", extra=extra)
    assert aws_module.client("s3").meta.config.connect_timeout == 5
    assert aws_module.trail().meta.config.read_timeout == 10
    extra["config_kwargs"] = {"read_timeout": 7, "s3": {"addressing_style": "path"}}
    connect("aws_default", conn_type="aws", login="a", password="b", extra=extra)
    config = aws_module.client("s3").meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 7)
    assert config.s3["addressing_style"] == "path"
