from __future__ import annotations

from typing import Any

import pytest

from fieldday.releases.readiness import Condition, assess

Thing = dict[str, Any]


def deployment(tag: str = "2", *, wanted: int = 2, track: str = "stable", **status: Any) -> Thing:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), wanted)
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "fieldday-api",
            "generation": 3,
            "labels": {"fieldday.io/track": track, "app.kubernetes.io/version": tag},
        },
        "spec": {
            "replicas": wanted,
            "progressDeadlineSeconds": 60,
            "template": {"metadata": {"labels": {"app.kubernetes.io/version": tag}}},
        },
        "status": {"observedGeneration": 3, **counts, **status},
    }


def pod(name: str = "p", *, tag: str = "2", track: str = "stable", **status: Any) -> Thing:
    labels = {"fieldday.io/track": track, "app.kubernetes.io/version": tag}
    return {"kind": "Pod", "metadata": {"name": name, "labels": labels}, "status": status}


def container(state: Thing | None = None, **more: Any) -> Thing:
    return {"name": "api", "state": state or {"running": {}}, "restartCount": 0, **more}


def test_ready_when_every_pod_is() -> None:
    found = assess([deployment(), pod(containerStatuses=[container()])], "stable", "2")
    assert found.is_ready
    assert found.reason == "2 of 2 pods ready"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"availableReplicas": 1}, "1 of 2 pods ready"),
        ({"replicas": 3}, "2 of 2 pods ready"),
        ({"observedGeneration": 2}, "0 of 2 pods ready"),
    ],
)
def test_waiting_while_pods_change(status: Thing, reason: str) -> None:
    found = assess([deployment(**status)], "stable", "2")
    assert (found.condition, found.reason) == (Condition.WAITING, reason)


def test_another_version_or_none_is_waited_for() -> None:
    assert assess([deployment("1")], "stable", "2").condition is Condition.WAITING
    assert "does not run '2' yet" in assess([deployment("1")], "stable", "2").reason
    found = assess([deployment(track="candidate")], "stable", "2")
    assert "no Deployment of stable" in found.reason


def test_what_keeps_a_pod_from_being_ready_is_said() -> None:
    conditions = [
        {"type": "PodScheduled", "status": "True"},
        {"type": "ContainersReady", "status": "False", "message": "probe gives 503"},
    ]
    things = [deployment(availableReplicas=1), pod(conditions=conditions)]
    assert assess(things, "stable", "2").reason == "1 of 2 pods ready; pod p: probe gives 503"


def test_a_deadline_that_passed_is_a_failure() -> None:
    late = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    found = assess([deployment(availableReplicas=0, conditions=late)], "stable", "2")
    assert found.condition is Condition.FAILED
    assert found.reason == "0 of 2 pods ready, without progress for 60 s"


def test_a_crash_loop_is_a_failure_with_its_exit_code() -> None:
    crashed = container(
        {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        restartCount=2,
        lastState={"terminated": {"reason": "Error", "exitCode": 1}},
    )
    found = assess([deployment(), pod(containerStatuses=[crashed])], "stable", "2")
    assert found.condition is Condition.FAILED
    assert found.reason == "pod p is in CrashLoopBackOff (Error, exit code 1)"
    assert found.restarts == 2


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "Traceback:\n  line 1\nModuleNotFoundError: async_timeout\n\n",
            "ModuleNotFoundError: async_timeout",
        ),
        ("x" * 5000, "x" * 198),
    ],
    ids=["the last line", "long"],
)
def test_a_crash_loop_says_the_last_words(message: str, said: str) -> None:
    crashed = container(
        {"waiting": {"reason": "CrashLoopBackOff"}},
        lastState={"terminated": {"reason": "Error", "exitCode": 1, "message": message}},
    )
    found = assess([deployment(), pod(containerStatuses=[crashed])], "stable", "2")
    assert found.reason == f"pod p is in CrashLoopBackOff (Error, exit code 1): {said}"


def test_an_image_that_can_not_be_had_is_a_failure() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
    found = assess([deployment(), pod(initContainerStatuses=[container(waiting)])], "stable", "2")
    assert found.reason == "pod p is in ImagePullBackOff: not found"


def test_pods_of_other_versions_tracks_or_on_their_way_out_do_not_count() -> None:
    crashed = container({"waiting": {"reason": "CrashLoopBackOff"}}, restartCount=5)
    leaving = pod("leaving", containerStatuses=[crashed])
    leaving["metadata"]["deletionTimestamp"] = "2026-11-24T08:00:00Z"
    things = [
        deployment(),
        pod("old", tag="1", containerStatuses=[crashed]),
        pod("candidate", track="candidate", containerStatuses=[crashed]),
        leaving,
        pod("new", containerStatuses=[container(restartCount=1)]),
    ]
    found = assess(things, "stable", "2")
    assert found.is_ready
    assert found.restarts == 1
