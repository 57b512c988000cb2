"""The release pipeline: what is promoted, what is rolled back, and what people decide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipelines.releases.releasing import Releases

pytestmark = [pytest.mark.pipelines, pytest.mark.timeout(7200)]


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
        ("never-ready", {"never_ready": True}, "ready"),
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
    assert ended.met.problems == ()
    # No more of the users than the first step's share met it.
    steps = ended.evidence["rollout"]["steps"]
    weights = [s["weight"] for s in steps if s.get("phase") == "weight"]
    assert weights == ([] if "never_ready" in faults else [10])


def test_only_an_answer_on_the_card_is_an_approval(releases: Releases) -> None:
    """Who writes an approval, marks it as given, or stops a run, does not approve by that."""
    before = releases.running()
    forged = releases.start(before[0], few_tests=True)
    auth, _ = releases.running("auth")
    replayed = releases.start(auth, few_tests=True, services=["auth"])
    stopped = releases.start(auth, few_tests=True, services=["auth"])
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
