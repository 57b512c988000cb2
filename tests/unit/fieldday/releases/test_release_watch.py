from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.releases.metrics import Figures, Subject
from fieldday.releases.rollout import Analysis, AnalysisResult
from fieldday.releases.state import Version
from fieldday.releases.watch import Watch, watch

NEW = Version("2")
FINE = Figures(requests=100, p95_seconds=0.05)


def workload(track: str = "candidate", *, available: int = 1, restarts: int = 0) -> list[Any]:
    labels = {"fieldday.io/track": track, "app.kubernetes.io/version": "2"}
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": available}
    return [
        {
            "kind": "Deployment",
            "metadata": {"name": "d", "generation": 1, "labels": labels},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": labels}}},
            "status": {"observedGeneration": 1, **counts},
        },
        {
            "kind": "Pod",
            "metadata": {"name": "p", "labels": labels},
            "status": {"containerStatuses": [{"restartCount": restarts, "state": {}}]},
        },
    ]


class World:
    """A clock that moves when somebody sleeps, and what is seen at each moment."""

    def __init__(
        self,
        pods: Callable[[float], Sequence[Any]],
        figures: Callable[[Subject, float], Figures] = lambda *_: FINE,
    ) -> None:
        self.at = 1000.0
        self.pods = pods
        self.figures = figures
        self.asked: list[Subject] = []

    async def sleep(self, seconds: float) -> None:
        self.at += seconds

    async def workload(self) -> Sequence[Any]:
        return self.pods(self.at - 1000)

    async def measure(self, subject: Subject, seconds: float) -> Figures:
        self.asked.append(subject)
        return self.figures(subject, seconds)

    async def result(
        self, *, traffic: bool, weight: int = 10, track: str = "candidate"
    ) -> AnalysisResult:
        analysis = Analysis(track, NEW, traffic, weight if traffic else 0)  # type: ignore[arg-type]
        task = Watch("api", "production", analysis, "1", 1000.0, 10, 60)
        found = await watch(
            task, self.workload, self.measure, now=lambda: self.at, sleep=self.sleep
        )
        assert found.analysis == analysis
        assert self.at - 1000 <= task.longest
        return found


async def test_readiness_is_waited_for() -> None:
    world = World(lambda at: workload(available=int(at >= 7)))
    assert (await world.result(traffic=False)).good
    assert world.at == 1008
    assert world.asked == []


async def test_never_ready_is_bad_after_a_while() -> None:
    result = await World(lambda _: workload(available=0)).result(traffic=False)
    assert not result.good
    assert result.reason == "not ready after 60 s: 0 of 1 pods ready"


async def test_traffic_is_judged_for_the_whole_gate() -> None:
    world = World(lambda _: workload())
    result = await world.result(traffic=True)
    assert result.good
    assert world.at == 1010
    assert result.figures["requests"] == 100
    assert result.figures["stable_requests"] == 100
    assert {subject.track for subject in world.asked} == {"candidate", "stable"}


async def test_at_full_weight_there_is_no_stable_to_compare_with() -> None:
    world = World(lambda _: workload())
    result = await world.result(traffic=True, weight=100)
    assert {subject.track for subject in world.asked} == {"candidate"}
    assert "stable_requests" not in result.figures


async def test_a_bad_version_ends_it_early() -> None:
    bad = Figures(requests=60, errors=30, p95_seconds=0.05)
    world = World(lambda _: workload(), lambda *_: bad)
    assert not (await world.result(traffic=True)).good
    assert world.at == 1000


async def test_good_figures_of_pods_that_are_not_ready_are_not_enough() -> None:
    world = World(lambda _: workload(available=0))
    result = await world.result(traffic=True)
    assert not result.good
    assert world.at == 1060


@pytest.mark.parametrize(("restarts", "text"), [(1, "once"), (2, "2 times")])
async def test_a_restart_is_bad(restarts: int, text: str) -> None:
    result = await World(lambda _: workload(restarts=restarts)).result(traffic=False)
    assert result.reason == f"restarted {text} (limit 0)"


async def test_old_restarts_of_stable_are_not() -> None:
    world = World(lambda _: workload("stable", restarts=3))
    assert (await world.result(traffic=False, track="stable")).good


async def test_what_can_not_be_seen_for_a_moment_is_looked_at_again() -> None:
    def pods(at: float) -> Sequence[Any]:
        if at < 30:
            raise Retryable("cluster: is away.")
        return workload()

    assert (await World(pods).result(traffic=True)).good


async def test_what_can_not_be_seen_for_long_is_bad() -> None:
    def figures(subject: Subject, at: float) -> Figures:
        raise Retryable("metrics: are away.")

    result = await World(lambda _: workload(), figures).result(traffic=True)
    assert not result.good
    assert result.reason == "can't be analyzed for 60 s: metrics: are away."


async def test_what_can_not_be_asked_at_all_is_bad_at_once() -> None:
    def figures(subject: Subject, at: float) -> Figures:
        raise Permanent("metrics: refuse the query.")

    world = World(lambda _: workload(), figures)
    assert "refuse the query" in (await world.result(traffic=True)).reason
    assert world.at == 1000


async def test_a_crash_loop_is_bad_at_once() -> None:
    crashed = {"waiting": {"reason": "CrashLoopBackOff"}}

    def pods(at: float) -> Sequence[Any]:
        things = workload()
        things[1]["status"]["containerStatuses"][0]["state"] = crashed
        return things

    result = await World(pods).result(traffic=True)
    assert "CrashLoopBackOff" in result.reason


async def test_no_verdict_before_it_can_be_taken() -> None:
    world = World(lambda _: workload())
    analysis = Analysis("candidate", NEW, traffic=False)
    task = Watch("api", "production", analysis, "1", 1000.0, 10, 60, earliest=7)
    await watch(task, world.workload, world.measure, now=lambda: world.at, sleep=world.sleep)
    assert world.at == 1007
