"""A pod's phase, conditions and container statuses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.node.state import ContainerState, Running, Terminated, Waiting
from sandbox.node.status import PodView, build, phase

THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"


def pod(
    *init: dict[str, Any], gates: tuple[str, ...] = (), policy: str = "Always"
) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "namespace": "n", "uid": "u", "generation": 2},
        "spec": {
            "restartPolicy": policy,
            "initContainers": list(init),
            "containers": [{"name": "main"}],
            "readinessGates": [{"conditionType": gate} for gate in gates],
        },
    }


def ended(code: int, name: str = "main") -> ContainerState:
    now = Terminated(code, "Completed" if code == 0 else "Error", THEN, NOW, "fieldday://1")
    return ContainerState(name, now=now, finished=True)


def running(name: str = "main", *, ready: bool = True) -> ContainerState:
    return ContainerState(name, now=Running(THEN), started=True, ready=ready)


def waiting(name: str = "main", reason: str = "ContainerCreating") -> ContainerState:
    return ContainerState(name, now=Waiting(reason))


def looping() -> ContainerState:
    last = Terminated(1, "Error", THEN, NOW, "fieldday://1")
    return ContainerState(
        "main", now=Waiting("CrashLoopBackOff", "back-off 10s"), last=last, restarts=3
    )


def view(spec: dict[str, Any], *main: ContainerState, **more: Any) -> PodView:
    return PodView(spec, "198.18.7.1", THEN, pod_ip="198.18.7.2", main=main, **more)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((waiting(),), "Pending"),
        ((running(),), "Running"),
        ((running(ready=False),), "Running"),
        ((looping(),), "Running"),
        ((ended(0),), "Succeeded"),
        ((ended(1),), "Failed"),
        ((ended(0), ended(1, "other")), "Failed"),
        ((ended(0), running("other")), "Running"),
        ((running(), waiting("other")), "Pending"),
    ],
)
def test_the_phase(states: tuple[ContainerState, ...], expected: str) -> None:
    assert phase(view(pod(), *states)) == expected


INIT, SIDECAR = {"name": "init"}, {"name": "side", "restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("spec", "init", "main", "expected"),
    [
        (pod(INIT), (running("init"),), waiting(), "Pending"),
        (pod(INIT), (ended(1, "init"),), waiting(), "Failed"),
        (pod(INIT), (ended(0, "init"),), running(), "Running"),
        (pod(SIDECAR), (running("side"),), running(), "Running"),
        (pod(SIDECAR), (running("side"),), ended(0), "Succeeded"),
        (pod(SIDECAR), (ended(137, "side"),), ended(0), "Succeeded"),
    ],
)
def test_the_phase_with_init_containers(
    spec: dict[str, Any], init: tuple[ContainerState, ...], main: ContainerState, expected: str
) -> None:
    assert phase(view(spec, main, init=init)) == expected


def conditions(found: PodView, time: str = NOW) -> dict[str, Any]:
    return {c["type"]: c for c in build(found, time)["conditions"]}


def test_a_ready_pod() -> None:
    found = conditions(view(pod(), running()))
    assert {kind: c["status"] for kind, c in found.items()} == {
        "PodReadyToStartContainers": "True",
        "Initialized": "True",
        "Ready": "True",
        "ContainersReady": "True",
        "PodScheduled": "True",
    }


def test_an_unready_container_is_named() -> None:
    found = conditions(view(pod(), running(ready=False)))
    assert found["Ready"]["status"] == "False"
    assert found["Ready"]["reason"] == "ContainersNotReady"
    assert found["Ready"]["message"] == "containers with unready status: [main]"


def test_a_pod_that_is_deleted_takes_no_traffic_though_its_containers_are_ready() -> None:
    found = conditions(view(pod(), running(), ending=True))
    assert found["ContainersReady"]["status"] == "True"
    assert found["Ready"]["status"] == "False"
    assert found["Ready"]["reason"] == "PodTerminating"


def test_a_readiness_gate_holds_back_the_pod_and_not_the_containers() -> None:
    spec = pod(gates=("example.com/checked",))
    assert conditions(view(spec, running()))["Ready"]["reason"] == "ReadinessGatesNotReady"
    spec["status"] = {"conditions": [{"type": "example.com/checked", "status": "True"}]}
    assert conditions(view(spec, running()))["Ready"]["status"] == "True"


def test_an_unfinished_init_container_is_named() -> None:
    found = conditions(view(pod(INIT), waiting(), init=(running("init").to(started=False),)))
    assert found["Initialized"]["reason"] == "ContainersNotInitialized"
    assert found["Initialized"]["message"] == "containers with incomplete status: [init]"


def test_a_condition_keeps_its_time_until_it_changes() -> None:
    first = conditions(view(pod(), running(ready=False)), THEN)
    later = conditions(view(pod(), running(), before=first), NOW)
    assert later["PodScheduled"]["lastTransitionTime"] == THEN
    assert later["Ready"]["lastTransitionTime"] == NOW


def test_a_pod_that_the_node_failed_says_why_and_waits_for_nothing() -> None:
    status = build(view(pod(), waiting(), failure=("UnsupportedField", "spec.x: no. Fix.")), NOW)
    assert status["phase"] == "Failed"
    assert status["reason"] == "UnsupportedField"
    assert status["message"] == "spec.x: no. Fix."
    assert status["containerStatuses"] == []


def test_a_crash_loop_shows_the_last_end() -> None:
    (container,) = build(view(pod(), looping()), NOW)["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["lastState"]["terminated"]["exitCode"] == 1
    assert container["restartCount"] == 3


def test_the_status_says_which_spec_it_is_about() -> None:
    assert build(view(pod(), running()), NOW)["observedGeneration"] == 2
