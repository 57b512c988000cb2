"""The operator that releases a set, on a model of the cluster behind helm and the API server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from airflow.sdk.exceptions import AirflowFailException

from fieldday.errors import Permanent, Retryable
from fieldday.locks.lease import LeaseStore
from fieldday.locks.policy import Held, LockedError, LostError
from fieldday.processes import CommandFailed, Completed, end_attached
from fieldday.releases import verification
from fieldday.releases.helm import Helm
from fieldday.releases.rollout import Upgrade
from tests.unit.fieldday.airflow.conftest import TaskInstance
from tests.unit.fieldday.airflow.operating import (
    NEW,
    OLD,
    approval,
    deferral,
    plan,
    restore,
    resume,
    rollout,
    texts,
    to_end,
    watched,
)
from tests.unit.fieldday.airflow.programs_model import Programs
from tests.unit.fieldday.releases.cluster_model import Revision


def test_it_waits_in_a_trigger_for_the_verdict_on_the_first_share(
    programs: Programs, context: Any
) -> None:
    programs.runs("production", api="1.0.0")
    waits = deferral(rollout("api"), context)
    watch = watched(waits)
    assert (watch.service, watch.environment, watch.stable_tag) == ("api", "production", "1.0.0")
    assert watch.analysis.weight == programs.now("production", "api").weight == 10
    assert watch.gate_seconds == 100
    # Airflow takes an earlier analysis result for a crash: an interval of heartbeats is 5 s.
    assert watch.earliest == 7
    assert waits.method_name == "resume"
    assert waits.kwargs is not None
    assert waits.kwargs["service"] == "api"
    assert [step["text"] for step in waits.kwargs["log"]] == [
        "candidate: 1.1.0 at 0 %",
        "1.1.0 on candidate, ready?: good: 1 of 1 pods ready",
        "weight: 1.1.0 at 10 %",
    ]
    # Longer than the trigger may take, and shorter than the lock holds.
    assert waits.timeout == timedelta(seconds=watch.longest + 45)
    lease = programs.apis["production"].things["fieldday-release-api"]["spec"]
    assert lease["holderIdentity"] == "run-1"
    assert lease["leaseDurationSeconds"] == watch.longest + 90


def test_a_set_is_released_in_its_order(programs: Programs, context: Any, ti: TaskInstance) -> None:
    programs.runs("production", auth="1.0.0", api="1.0.0")
    report = to_end(rollout("auth", "api"), context)
    for name in ("auth", "api"):
        now = programs.now("production", name)
        assert (now.stable, now.candidate, now.weight) == (NEW, None, 0)
        assert programs.holder("production", name) == ""
    assert report["environment"] == "production"
    assert report["failed"] is None
    done = texts(report)
    assert done.index("auth released: 1.1.0") < done.index("api candidate: 1.1.0 at 0 %")
    assert done[-1] == "api released: 1.1.0"
    assert "api 1.1.0 at 10 %: good: why" in done
    assert ti.pushed == {"report": report}


def test_a_bad_verdict_takes_the_set_back_and_fails_in_words(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    programs.runs("production", auth="1.0.0", api="1.0.0")
    said = "api: was not released to production: why."
    with pytest.raises(AirflowFailException, match=said):
        to_end(rollout("auth", "api"), context, ("api", 10))
    for name in ("auth", "api"):
        now = programs.now("production", name)
        assert (now.stable, now.candidate, now.weight) == (OLD, None, 0)
        assert programs.holder("production", name) == ""
    report = ti.pushed["report"]
    assert (report["failed"], report["reason"]) == ("api", "why")
    assert "auth restored: undone with its set: api: why" in texts(report)
    assert ti.pushed["error"] == "api: why"


def test_staging_is_rolled_without_traffic(programs: Programs, context: Any) -> None:
    programs.runs("staging", api="1.0.0")
    report = rollout("api", environment="staging", strategy="blue-green").execute(context)
    assert report["environment"] == "staging"
    assert programs.now("staging", "api").stable == NEW
    assert [text.split(":")[0] for text in texts(report)] == [
        "api roll",
        "api 1.1.0 on stable, ready?",
        "api released",
    ]


def test_what_was_never_released_is_installed(programs: Programs, context: Any) -> None:
    new = [{**PLAN["services"][0], "from": None, "change": "install"}]
    report = rollout(services=new).execute(context)
    assert programs.now("production", "api").stable == NEW
    assert texts(report)[0] == "api install: 1.1.0"


PLAN = plan("api")
GIVEN = approval(PLAN)
LATE = (datetime.now(UTC) - timedelta(hours=25)).isoformat()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "nobody approved. Marking the task successful or clearing it does not approve"),
        ({"decision": "rejected", "by": "ann"}, "nobody approved"),
        # As `approve` returned it before approvals were signed, and as an operator can write it.
        ({"decision": "approved", "by": "ann", "digests": {}}, "its signature does not match"),
        ({**GIVEN, "by": "operator"}, "its signature does not match"),
        ({**GIVEN, "signature": ""}, "its signature does not match"),
        ({**GIVEN, "covers": {**GIVEN["covers"], "steps": [100]}}, "its signature does not match"),
        ({**GIVEN, "run": "run-1", "at": LATE}, "its signature does not match"),
        (approval(PLAN, run="run-0"), "ann approved approve of release run 'run-0', not"),
        (approval(PLAN, dag="provision"), "ann approved approve of provision run"),
        (approval(PLAN, task="other"), "ann approved other of release run"),
        (
            approval(plan("api", strategy="rolling")),
            "ann approved something else: strategy changed",
        ),
        (approval(plan("api", version="1.1.0", steps=[50, 100])), "something else: steps changed"),
        (approval(PLAN, at=LATE), "an approval expires after 24 h"),
        (approval(PLAN, at="2099-01-01T00:00:00+00:00"), "an approval expires after 24 h"),
    ],
)
def test_production_gets_nothing_that_nobody_approved(
    programs: Programs, context: Any, ti: TaskInstance, given: Any, words: str
) -> None:
    programs.runs("production", api="1.0.0")
    operator = rollout("api")
    operator.approval = given
    with pytest.raises(Permanent, match=words):
        operator.execute(context)
    assert programs.changes == []
    assert words in ti.pushed["error"]


def test_other_images_than_the_approved_are_not_released(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    operator = rollout("api")
    operator.images = {"api": {"digest": "sha256:c"}}
    with pytest.raises(Permanent, match="something else: digests changed since"):
        operator.execute(context)
    assert programs.changes == []


@pytest.mark.parametrize(
    ("altered", "words"),
    [
        ({"images": {"api": {"digest": "sha256:c"}}}, "something else: digests changed since"),
        ({"plan": plan("api", steps=[100])}, "something else: steps changed since"),
        ({"plan": plan("api", run="run-0")}, "plan: is of run 'run-0'"),
        ({"approval": None}, "nobody approved"),
    ],
)
def test_what_is_altered_while_it_waits_is_not_released(
    programs: Programs, context: Any, altered: dict[str, Any], words: str
) -> None:
    """A task that resumes reads anew what others left for it."""
    programs.runs("production", api="1.0.0")
    operator = rollout("api")
    waits = deferral(operator, context)
    changes = list(programs.changes)
    for name, value in altered.items():
        setattr(operator, name, value)
    with pytest.raises(Permanent, match=words):
        resume(operator, context, waits, good=True)
    assert programs.changes == changes


def test_the_plan_of_another_run_is_refused(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    operator = rollout("api", run="run-0")
    with pytest.raises(Permanent, match="plan: is of run 'run-0', not of 'run-1'"):
        operator.execute(context)
    restoring = restore("api")
    restoring.plan = plan("api", run="run-0")
    with pytest.raises(Permanent, match="plan: is of run 'run-0'"):
        restoring.execute(context)
    assert programs.changes == []


def test_a_plan_that_was_altered_is_refused(programs: Programs, context: Any) -> None:
    operator = rollout("api")
    operator.plan = {"run": "run-1"}
    with pytest.raises(Permanent, match="plan: is not a release's plan"):
        operator.execute(context)


def test_what_has_begun_is_finished_also_when_its_approval_has_expired(
    programs: Programs, context: Any
) -> None:
    programs.runs("production", api="1.0.0")
    operator = rollout("api")
    deferral(operator, context)
    operator.approval = approval(operator.plan, at=LATE)
    deferral(operator, context)


def test_an_approval_is_good_for_what_it_was_given_for(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    """Another release came between: its version would be lost without a word."""
    programs.runs("production", auth="1.0.0", api="1.0.5")
    said = r"api: production runs 1\.0\.5 now, not 1\.0\.0 as when this was approved"
    with pytest.raises(Permanent, match=said):
        rollout("auth", "api").execute(context)
    assert programs.changes == []
    assert programs.holder("production", "auth") == programs.holder("production", "api") == ""
    assert "Release again." in ti.pushed["error"]


def test_staging_is_locked_for_as_long_as_its_pods_may_take(
    programs: Programs, context: Any
) -> None:
    """A release that was stopped must not keep others out for hours of a gate it does not have."""
    programs.runs("staging", api="1.0.0")
    programs.not_ready.add("stable")
    deferral(rollout("api", environment="staging", gate_seconds=3600), context)
    lease = programs.apis["staging"].things["fieldday-release-api"]["spec"]
    assert lease["leaseDurationSeconds"] <= 600


def test_a_retry_goes_on_from_the_cluster_and_knows_what_was_done(
    programs: Programs, context: Any
) -> None:
    programs.runs("production", api="1.0.0")
    deferral(rollout("api"), context)
    changes = list(programs.changes)
    again = deferral(rollout("api"), context)
    assert programs.changes == changes
    assert watched(again).analysis.weight == 10
    assert again.kwargs is not None
    assert [step["text"] for step in again.kwargs["log"]] == [
        "candidate: 1.1.0 at 0 %",
        "weight: 1.1.0 at 10 %",
    ]


def test_a_cut_off_change_is_healed_first(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    model = programs.services["production", "api"]
    model.history.append(Revision(OLD, NEW, deployed=False))
    deferral(rollout("api"), context)
    assert programs.changes[0] == "production api rollback"


def test_another_run_is_kept_out_and_nothing_is_touched(
    programs: Programs, context: Any, ti: TaskInstance
) -> None:
    programs.runs("production", auth="1.0.0", api="1.0.0")
    other = rollout("auth", run="run-2")
    other.approval = approval(other.plan, run="run-2")
    context["dag_run"].run_id = "run-2"
    deferral(other, context)
    context["dag_run"].run_id = "run-1"
    changes = list(programs.changes)
    with pytest.raises(LockedError, match="auth: run 'run-2' holds the lock"):
        rollout("auth", "api").execute(context)
    assert programs.changes == changes
    # Taken in one order, and given back: the other run may need it.
    assert programs.holder("production", "api") == ""
    assert programs.holder("production", "auth") == "run-2"
    assert ti.pushed["error"].startswith("auth: run 'run-2' holds the lock")


def test_an_api_server_that_is_away_for_a_moment_loses_no_lock(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a release another run must not get in before the retry."""
    programs.runs("production", auth="1.0.0", api="1.0.0")
    waits = deferral(rollout("auth", "api"), context)
    read = LeaseStore.read

    def away_for_auth(self: LeaseStore) -> Held | None:
        if self.name == "fieldday-release-auth":
            raise Retryable("cluster: cannot be reached.")
        return read(self)

    monkeypatch.setattr(LeaseStore, "read", away_for_auth)
    with pytest.raises(Retryable, match="cannot be reached"):
        resume(rollout("auth", "api"), context, waits, good=True)
    assert programs.holder("production", "api") == "run-1"
    assert programs.holder("production", "auth") == "run-1"


def test_work_that_is_cut_off_keeps_its_lock_and_goes_on(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch, ti: TaskInstance
) -> None:
    programs.runs("production", api="1.0.0")
    with monkeypatch.context() as patch:
        patch.setattr(Helm, "apply", Mock(side_effect=Retryable("cluster: cannot be reached.")))
        with pytest.raises(Retryable):
            rollout("api").execute(context)
    assert programs.holder("production", "api") == "run-1"
    assert ti.pushed == {"error": "cluster: cannot be reached."}
    assert to_end(rollout("api"), context)["failed"] is None


def test_a_change_that_helm_refuses_leaves_no_lock(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others would wait for as long as the gate that never began."""
    programs.runs("production", auth="1.0.0", api="1.0.0")
    refused = CommandFailed(Completed(("helm",), 1, "", "replicas is 0", 0.1), "replicas is 0")
    monkeypatch.setattr(Helm, "apply", Mock(side_effect=refused))
    with pytest.raises(CommandFailed):
        rollout("auth", "api", gate_seconds=3600).execute(context)
    assert programs.holder("production", "auth") == programs.holder("production", "api") == ""


def test_pods_are_not_waited_for_as_long_as_a_gate(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    programs.not_ready.add("candidate")
    waits = deferral(rollout("api", gate_seconds=3600), context)
    lease = programs.apis["production"].things["fieldday-release-api"]["spec"]
    assert lease["leaseDurationSeconds"] == watched(waits).longest + 90 <= 600


def test_a_run_that_lost_its_lock_changes_nothing_more(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch, ti: TaskInstance
) -> None:
    programs.runs("production", api="1.0.0")
    apply = Helm.apply

    def slowly(self: Helm, service: str, change: Upgrade) -> None:
        apply(self, service, change)
        lease = programs.apis["production"].things["fieldday-release-api"]["spec"]
        lease["holderIdentity"] = "run-2"

    monkeypatch.setattr(Helm, "apply", slowly)
    with pytest.raises(LostError, match="api: its lock was lost, run 'run-2' holds it"):
        rollout("api").execute(context)
    assert len(programs.changes) == 1
    assert "its lock was lost" in ti.pushed["error"]


def test_pods_that_are_not_ready_are_waited_for(programs: Programs, context: Any) -> None:
    programs.runs("production", api="1.0.0")
    programs.not_ready.add("candidate")
    watch = watched(deferral(rollout("api"), context))
    assert watch.analysis.track == "candidate"
    assert not watch.analysis.traffic


@pytest.mark.parametrize("wrong", ["", "api-preview: 1.0.0 on stable answers"])
def test_a_blue_green_candidate_is_asked_before_any_user_meets_it(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    programs.runs("production", api="1.0.0")
    asked = create_autospec(verification.probe, return_value=wrong)
    monkeypatch.setattr(verification, "probe", asked)
    operator = rollout("api", strategy="blue-green")
    if wrong:
        with pytest.raises(AirflowFailException, match=wrong):
            operator.execute(context)
        assert programs.now("production", "api").stable == OLD
    else:
        assert watched(deferral(operator, context)).analysis.weight == 100
    edge, host = asked.call_args_list[0].args
    assert edge.url == "http://127.0.0.1:18080"
    assert host == "api-preview.fieldday.example"
    assert asked.call_args_list[0].kwargs == {"tag": "1.1.0", "track": "candidate"}


def test_a_canary_is_not_asked(
    programs: Programs, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.runs("production", api="1.0.0")
    monkeypatch.setattr(verification, "probe", asked := create_autospec(verification.probe))
    to_end(rollout("api"), context)
    asked.assert_not_called()


def test_stopping_the_task_ends_its_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = create_autospec(end_attached)
    monkeypatch.setattr("fieldday.airflow.release.rollout.end_attached", ended)
    rollout("api").on_kill()
    ended.assert_called_once_with()


def test_every_call_goes_to_the_cluster_of_the_connection(
    programs: Programs, context: Any, connect: Callable[..., None]
) -> None:
    connect("kubernetes_default", conn_type="kubernetes", extra={"kube_config_path": "/other"})
    programs.runs("production", api="1.0.0")
    deferral(rollout("api"), context)
    assert set(programs.kubeconfigs) == {"/other"}
