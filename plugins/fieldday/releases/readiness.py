"""Whether a track's pods are ready, from its Deployment and pods as Kubernetes has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fieldday.errors import quoted

Thing = Mapping[str, Any]

_VERSION = "app.kubernetes.io/version"
_TRACK = "fieldday.io/track"
_COUNTS = ("replicas", "updatedReplicas", "availableReplicas")
# What does not fix itself soon. ErrImagePull is left out: it becomes ImagePullBackOff.
_HOPELESS = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)
_LONGEST_MESSAGE = 200


class Condition(Enum):
    """How far a track is."""

    READY = "ready"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Readiness:
    """A track's pods, of the version that it is to run."""

    condition: Condition
    reason: str
    """In words."""
    restarts: int = 0
    """How often its containers were started again, all together."""

    @property
    def is_ready(self) -> bool:
        """Whether every pod that is wanted is available, and no other is left."""
        return self.condition is Condition.READY


def assess(things: Sequence[Thing], track: str, tag: str) -> Readiness:
    """Analyze the Deployments and pods of one service (`Client.workload`).

    A restart is counted but does not decide here, except when Kubernetes backs off for it.
    """
    found = list(_of_track(things, "Deployment", track))
    if not found:
        return Readiness(Condition.WAITING, f"there is no Deployment of {track}")
    deployment = found[0]
    pods = [pod for pod in _of_track(things, "Pod", track) if _is_of(pod, tag)]
    restarts = sum(int(status.get("restartCount", 0)) for _, status in _containers(pods))
    if hopeless := next(_hopeless(pods), ""):
        return Readiness(Condition.FAILED, hopeless, restarts)
    if deployment["spec"]["template"]["metadata"]["labels"].get(_VERSION) != tag:
        return Readiness(Condition.WAITING, f"{track} does not run {quoted(tag)} yet", restarts)
    wanted = int(deployment["spec"].get("replicas", 1))
    status = deployment.get("status", {})
    counts = [int(status.get(key, 0)) for key in _COUNTS]
    seen = int(status.get("observedGeneration", 0)) >= int(deployment["metadata"]["generation"])
    if seen and counts == [wanted] * len(_COUNTS):
        return Readiness(Condition.READY, f"{wanted} of {wanted} pods ready", restarts)
    text = f"{min(counts) if seen else 0} of {wanted} pods ready"
    if why := next(_waiting(pods), ""):
        text = f"{text}; {why}"
    late = seen and any(
        c.get("reason") == "ProgressDeadlineExceeded" for c in status.get("conditions", ())
    )
    if late:
        seconds = deployment["spec"].get("progressDeadlineSeconds", 600)
        return Readiness(Condition.FAILED, f"{text}, without progress for {seconds} s", restarts)
    return Readiness(Condition.WAITING, text, restarts)


def _of_track(things: Iterable[Thing], kind: str, track: str) -> Iterator[Thing]:
    for thing in things:
        if thing["kind"] == kind and _labels(thing).get(_TRACK) == track:
            yield thing


def _labels(thing: Thing) -> Mapping[str, str]:
    labels: Mapping[str, str] = thing["metadata"].get("labels") or {}
    return labels


def _is_of(pod: Thing, tag: str) -> bool:
    return _labels(pod).get(_VERSION) == tag and "deletionTimestamp" not in pod["metadata"]


def _containers(pods: Iterable[Thing]) -> Iterator[tuple[str, Thing]]:
    for pod in pods:
        status = pod.get("status", {})
        for kind in ("initContainerStatuses", "containerStatuses"):
            for container in status.get(kind) or ():
                yield pod["metadata"]["name"], container


def _hopeless(pods: Sequence[Thing]) -> Iterator[str]:
    for name, status in _containers(pods):
        waiting = status.get("state", {}).get("waiting") or {}
        if waiting.get("reason") in _HOPELESS:
            ended = status.get("lastState", {}).get("terminated") or {}
            last = ended.get("reason") or ""
            code = f" ({last}, exit code {ended['exitCode']})" if "exitCode" in ended else ""
            message = _last_line(ended) if code else str(waiting.get("message") or "")
            said = f": {message}"[:_LONGEST_MESSAGE] if message else ""
            yield f"pod {name} is in {waiting['reason']}{code}{said}"


def _last_line(ended: Thing) -> str:
    """Its last words, where the container has left some."""
    lines = str(ended.get("message") or "").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _waiting(pods: Sequence[Thing]) -> Iterator[str]:
    for pod in pods:
        for condition in pod.get("status", {}).get("conditions") or ():
            is_false = condition.get("status") == "False"
            if is_false and condition.get("type") in ("PodScheduled", "ContainersReady"):
                message = condition.get("message") or condition.get("reason") or "is not ready"
                yield f"pod {pod['metadata']['name']}: {message}"[:300]
