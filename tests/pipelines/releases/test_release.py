"""The release pipeline: what is promoted, what is rolled back, and what people decide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipelines.releases.releasing import Releases

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]

# Two of the gate's intervals, 8 s each here.
TWO_INTERVALS = 16.0
# What the edge can do for the share of a version whose only pod is down: say so, or end a
# connection that was kept open. The version made that.
WITHOUT_A_POD = {
    "status 503 by the edge",
    "GET: RemoteProtocolError: Server disconnected without sending a response.",
}


def test_a_good_version_is_promoted_and_no_request_is_lost(releases: Releases) -> None:
    ended = releases.release("good")
    assert ended.state == "success"
    assert ended.evidence["outcome"] == "promoted"
    assert releases.running() == (releases.version("good"), False)
    assert ended.met.failed == 0, ended.met.problems
    assert ended.met.requests >= 1000
    assert ended.evidence["approval"]["by"] == "approver"
    steps = ended.evidence["rollout"]["steps"]
    assert [s["weight"] for s in steps if s.get("phase") == "weight"] == [10, 50, 100]
    assert ended.evidence["images"]["api"]["digest"].startswith("sha256:")


@pytest.mark.parametrize(
    ("name", "faults", "said"),
    [
        ("errors", {"error_rate": 0.05}, "error"),
        ("latency", {"latency_ms": 800}, "p95"),
        ("never-ready", {"never_ready": True}, "ready"),
        ("crash-loop", {"crash_after_seconds": 4}, ""),
        ("no-metrics", {"no_metrics": True}, "no "),
    ],
)
def test_a_bad_version_is_rolled_back(
    releases: Releases, name: str, faults: dict[str, Any], said: str
) -> None:
    before = releases.running()
    ended = releases.release(name, faults)
    assert ended.state == "failed"
    assert ended.evidence["outcome"] == "rolled_back"
    assert said in ended.reason
    assert releases.running() == before
    its_own = WITHOUT_A_POD if name == "crash-loop" else set()
    assert set(ended.met.problems) <= its_own
    assert ended.met.restored_seconds <= TWO_INTERVALS


def test_what_nobody_approves_changes_nothing(releases: Releases) -> None:
    """One release is rejected; another, of another service at the same time, gets no answer."""
    before = {service: releases.running(service) for service in ("api", "auth")}
    unanswered = releases.start(
        releases.version("unanswered"), few_tests=True, services=["auth"], approval_minutes=0.1
    )
    rejected = releases.release("rejected", answer="Reject")
    assert rejected.state == "failed"
    assert rejected.evidence["outcome"] == "rejected"
    assert "rejected by approver" in rejected.reason
    assert rejected.met.exposed == 0
    assert releases.follow(unanswered, answer=None) == "failed"
    assert releases.evidence(unanswered)["outcome"] == "unanswered"
    assert {service: releases.running(service) for service in before} == before


def test_only_an_answer_on_the_card_is_an_approval(releases: Releases) -> None:
    """Who writes an approval, marks it as given, or stops a run, does not approve by that."""
    before = releases.running()
    forged = releases.start(before[0], few_tests=True)
    auth, _ = releases.running("auth")
    replayed = releases.start(auth, few_tests=True, services=["auth"])
    stopped = releases.start(releases.version("stopped"), few_tests=True, services=["auth"])
    releases.await_card(forged)
    images = releases.operator.xcom(forged, "build_and_push")
    covers = {"digests": {name: image["digest"] for name, image in images.items()}}
    approval = {"decision": "approved", "by": "approver", "covers": covers, "signature": "0" * 64}
    releases.operator.write_xcom(forged, "approve", approval)
    releases.operator.mark(forged, "success", "approve")
    releases.await_card(replayed)
    another = releases.promoted()
    assert another["approval"]["genuine"]
    releases.operator.write_xcom(replayed, "approve", another["approval"])
    releases.operator.mark(replayed, "success", "approve")
    releases.await_card(stopped)
    releases.operator.mark(stopped, "failed")
    for run, said in (
        (forged, "rollout: approval: its signature does not match"),
        (
            replayed,
            f"rollout: approval: approver approved approve of release run '{another['run']}",
        ),
    ):
        assert releases.follow(run, None) == "failed"
        evidence = releases.evidence(run)
        assert evidence["outcome"] == "failed"
        assert evidence["reason"].startswith(said)
        assert not evidence["approval"]["genuine"]
    assert releases.comes(lambda: releases.tasks_of(stopped).get("record_evidence") == "failed")
    assert releases.comes(lambda: releases.operator.state(stopped) == "failed")
    evidence = releases.evidence(stopped)
    assert (evidence["outcome"], evidence["reason"]) == ("failed", "approve: stopped by hand")
    assert releases.running() == before


def test_a_source_from_elsewhere_is_refused_before_anything_runs(releases: Releases) -> None:
    before = releases.running()
    run = releases.operator.trigger(
        {"services": ["api"], "reason": "A wrong source", "source": "/etc"}
    )
    assert releases.follow(run, answer=None) == "failed"
    evidence = releases.evidence(run)
    assert evidence["outcome"] == "refused"
    assert evidence["reason"].startswith("source: ")
    assert releases.running() == before
