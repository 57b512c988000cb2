"""A pod's status from what is known of its containers. Pure.

Phases and conditions follow the kubelet's rules:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.apiclient.api import Object
from sandbox.node.state import ContainerState, Phase, Running, Terminated, Waiting


@dataclass(frozen=True)
class PodView:
    """Everything that a pod's status is made of."""

    pod: Object
    host_ip: str
    start_time: str
    pod_ip: str = ""
    init: Sequence[ContainerState] = ()
    main: Sequence[ContainerState] = ()
    ending: bool = False
    """It is being deleted: no traffic any more."""
    failure: tuple[str, str] | None = None
    """Reason and message, when the node itself has made the pod fail."""
    before: Mapping[str, Object] = field(default_factory=dict)
    """The conditions of the last status by type: unchanged ones keep their time."""


def is_sidecar(container: Object) -> bool:
    """Whether an init container goes on running beside the main ones."""
    return container.get("restartPolicy") == "Always"


def succeeded(state: ContainerState) -> bool:
    """Whether it has ended well."""
    return isinstance(state.now, Terminated) and state.now.exit_code == 0


def initialized(spec: Object, init: Sequence[ContainerState]) -> bool:
    """Whether every init container is done, and every sidecar has started."""
    containers = {c["name"]: c for c in spec.get("initContainers", [])}
    return all(s.started if is_sidecar(containers[s.name]) else succeeded(s) for s in init)


def phase(view: PodView) -> str:
    """Pending, Running, Succeeded or Failed."""
    if view.failure:
        return "Failed"
    spec = view.pod["spec"]
    containers = {c["name"]: c for c in spec.get("initContainers", [])}
    ended = [s for s in view.init if not is_sidecar(containers[s.name]) and s.finished]
    if any(not succeeded(s) for s in ended):
        return "Failed"
    if not initialized(spec, view.init) and not any(_has_run(s) for s in view.main):
        return "Pending"
    if view.main and all(s.finished for s in view.main):
        return "Succeeded" if all(succeeded(s) for s in view.main) else "Failed"
    return "Running" if all(_has_run(s) for s in view.main) else "Pending"


def _has_run(state: ContainerState) -> bool:
    return not isinstance(state.now, Waiting) or state.last is not None


def build(view: PodView, time: str) -> Object:
    """The status to send. `time` is stamped on conditions that have changed."""
    the_phase = phase(view)
    status: Object = {
        "phase": the_phase,
        "startTime": view.start_time,
        "hostIP": view.host_ip,
        "hostIPs": [{"ip": view.host_ip}],
        "conditions": _conditions(view, the_phase, time),
        "containerStatuses": [_container(s) for s in _shown(view, view.main)],
    }
    if generation := view.pod["metadata"].get("generation"):
        status["observedGeneration"] = generation
    if view.pod_ip:
        status |= {"podIP": view.pod_ip, "podIPs": [{"ip": view.pod_ip}]}
    if view.init:
        status["initContainerStatuses"] = [_container(s) for s in _shown(view, view.init)]
    if view.failure:
        status["reason"], status["message"] = view.failure
    return status


def _shown(view: PodView, states: Sequence[ContainerState]) -> list[ContainerState]:
    """In a pod that the node has made fail, nothing waits to be started any more."""
    return [s for s in states if not (view.failure and isinstance(s.now, Waiting))]


def _conditions(view: PodView, the_phase: str, time: str) -> list[Object]:
    spec = view.pod["spec"]
    done = the_phase in ("Succeeded", "Failed")
    init_left = [s.name for s in view.init if not (succeeded(s) or s.started)]
    unready = [s.name for s in view.main if not s.ready]
    containers_ready = (True, "", "")
    if done:
        reason = "PodCompleted" if the_phase == "Succeeded" else "PodFailed"
        containers_ready = (False, reason, "")
    elif unready:
        words = f"containers with unready status: [{' '.join(unready)}]"
        containers_ready = (False, "ContainersNotReady", words)
    ready = containers_ready
    missing = _missing_gates(view.pod)
    if containers_ready[0] and missing:
        words = "; ".join(f'corresponding condition of pod readiness gate "{g}"' for g in missing)
        ready = (False, "ReadinessGatesNotReady", f"{words} does not exist or is not True.")
    if ready[0] and view.ending:
        ready = (False, "PodTerminating", "the pod is being deleted")
    complete = initialized(spec, view.init) or the_phase == "Succeeded"
    words = f"containers with incomplete status: [{' '.join(init_left)}]"
    found = {
        "PodReadyToStartContainers": (bool(view.pod_ip) and not done, "", ""),
        "Initialized": (True, "", "") if complete else (False, "ContainersNotInitialized", words),
        "Ready": ready,
        "ContainersReady": containers_ready,
        "PodScheduled": (True, "", ""),
    }
    return [_condition(view, name, *rest, time) for name, rest in found.items()]


def _missing_gates(pod: Object) -> list[str]:
    conditions = pod.get("status", {}).get("conditions") or []
    true = {c["type"] for c in conditions if c["status"] == "True"}
    gates = [g["conditionType"] for g in pod["spec"].get("readinessGates") or []]
    return [gate for gate in gates if gate not in true]


def _condition(
    view: PodView, kind: str, value: bool, reason: str, message: str, time: str
) -> Object:
    word = "True" if value else "False"
    before = view.before.get(kind)
    same = before is not None and before["status"] == word
    # A strategic merge keeps what is not named, so an old reason is taken away by null.
    return {
        "type": kind,
        "status": word,
        "reason": reason or None,
        "message": message or None,
        "lastTransitionTime": before["lastTransitionTime"] if before and same else time,
    }


def _container(state: ContainerState) -> Object:
    running = isinstance(state.now, Running)
    status: Object = {
        "name": state.name,
        "state": _phase(state.now),
        "lastState": _phase(state.last) if state.last else {},
        "ready": state.ready,
        "restartCount": state.restarts,
        "image": state.image,
        "imageID": state.image_id,
        "started": running and state.started,
    }
    if state.container_id:
        status["containerID"] = state.container_id
    return status


def _phase(now: Phase) -> Object:
    if isinstance(now, Waiting):
        waiting = {"reason": now.reason}
        return {"waiting": waiting | ({"message": now.message} if now.message else {})}
    if isinstance(now, Running):
        return {"running": {"startedAt": now.started_at}}
    ended: Object = {
        "exitCode": now.exit_code,
        "reason": now.reason,
        "startedAt": now.started_at,
        "finishedAt": now.finished_at,
        "containerID": now.container_id,
    }
    return {"terminated": ended | ({"message": now.message} if now.message else {})}
