from __future__ import annotations

from typing import Any

import pytest

from fieldday.errors import Permanent
from fieldday.releases.readiness import Condition, Readiness
from fieldday.releases.release_set import Driver, Event, Finished, Waiting
from fieldday.releases.rollout import (
    Analysis,
    AnalysisResult,
    Heal,
    RolloutPlan,
    Uninstall,
    Upgrade,
)
from fieldday.releases.state import State, Version
from tests.unit.fieldday.releases.cluster_model import Cluster, Revision

OLD, NEW = Version("1.0.0", "sha256:a"), Version("1.1.0", "sha256:b")


class Place:
    """Several services; pods are ready at once unless told otherwise."""

    def __init__(self, **services: Cluster) -> None:
        self.services = services
        self.pods: dict[tuple[str, str], Condition] = {}

    def read(self, service: str, run: str) -> State:
        return self.services[service].read(run)

    def readiness(self, service: str, analysis: Analysis) -> Readiness:
        condition = self.pods.get((service, analysis.track), Condition.READY)
        return Readiness(condition, f"pods are {condition.value}")

    def do(self, service: str, step: Upgrade | Heal | Uninstall) -> str:
        self.services[service].do(step)
        return str(step.record) if isinstance(step, Upgrade | Uninstall) else "healed"


class Run:
    """A driver with its log."""

    def __init__(self, place: Place, strategy: str = "canary", **kwargs: Any) -> None:
        self.events: list[Event] = []
        plan = RolloutPlan("run-1", strategy, NEW, (10, 100))  # type: ignore[arg-type]
        plans = dict.fromkeys(place.services, plan)
        self.driver = Driver(place, plans, self.events.append, **kwargs)

    def to_end(self, *bad: tuple[str, int]) -> Finished:
        """Give good analysis results but for those services and weights."""
        end = self.driver.advance()
        for _ in range(40):
            if isinstance(end, Finished):
                return end
            is_bad = (end.service, end.analysis.weight) in bad
            end = self.driver.advance(end.service, AnalysisResult(not is_bad, end.analysis, "why"))
        raise AssertionError("it does not end")

    @property
    def log(self) -> list[str]:
        return [f"{event.service} {event.text.split(' [')[0]}" for event in self.events]


def old() -> Cluster:
    return Cluster([Revision(OLD)])


def test_a_set_is_released_one_after_another() -> None:
    place = Place(auth=old(), api=old())
    run = Run(place)
    assert run.to_end() == Finished(failed=None)
    assert all(c.now.stable == NEW and c.now.candidate is None for c in place.services.values())
    first_of_api = next(i for i, line in enumerate(run.log) if line.startswith("api"))
    assert "auth released: 1.1.0" in run.log[:first_of_api]


def test_a_bad_service_takes_the_set_back_in_reverse() -> None:
    place = Place(auth=old(), conditions=old(), api=old())
    run = Run(place)
    end = run.to_end(("api", 10))
    assert end == Finished("api", "why")
    assert all(c.now.stable == OLD and c.now.candidate is None for c in place.services.values())
    last = [line for line in run.log if " restored: " in line]
    assert last == [
        "api restored: why",
        "conditions restored: undone with its set: api: why",
        "auth restored: undone with its set: api: why",
    ]


def test_after_a_bad_verdict_requests_go_back_before_anything_else() -> None:
    place = Place(auth=old(), api=old())
    run = Run(place)
    end = run.driver.advance()
    while isinstance(end, Waiting) and end.service == "auth":
        end = run.driver.advance(end.service, AnalysisResult(True, end.analysis, "fine"))
    assert isinstance(end, Waiting)
    assert end.analysis.weight == 10
    assert end.stable_tag == "1.0.0"
    before = len(run.events)
    run.driver.advance("api", AnalysisResult(False, end.analysis, "slow"))
    assert run.events[before].text == "1.1.0 at 10 %: bad: slow"
    assert run.events[before + 1].weight == 0


def test_another_orchestrator_goes_on_from_the_cluster() -> None:
    place = Place(api=old())
    end = Run(place).driver.advance()
    assert isinstance(end, Waiting)
    again = Run(place)
    assert again.driver.advance() == end
    assert again.events == []
    assert again.to_end() == Finished(failed=None)


def test_a_failed_run_stays_failed_when_it_is_tried_again() -> None:
    place = Place(auth=old(), api=old())
    Run(place).to_end(("api", 100))
    revisions = [len(c.history) for c in place.services.values()]
    end = Run(place).to_end()
    assert end.failed == "auth"
    assert end.reason == "undone with its set: api: why"
    assert [len(c.history) for c in place.services.values()] == revisions


def test_pods_that_are_not_ready_yet_are_waited_for() -> None:
    place = Place(api=old())
    place.pods["api", "candidate"] = Condition.WAITING
    end = Run(place).driver.advance()
    assert isinstance(end, Waiting)
    assert not end.analysis.traffic


def test_pods_that_never_will_be_ready_are_not() -> None:
    place = Place(api=old())
    place.pods["api", "candidate"] = Condition.FAILED
    end = Run(place).driver.advance()
    assert end == Finished("api", "pods are failed")
    assert place.services["api"].now == Revision(OLD, record=place.services["api"].now.record)


def test_what_is_ready_is_asked() -> None:
    place = Place(api=old())
    asked: list[Analysis] = []

    def check(service: str, analysis: Analysis) -> str:
        asked.append(analysis)
        return "gives 500" if analysis.track == "candidate" else ""

    end = Run(place, "blue-green", check=check).driver.advance()
    assert end == Finished("api", "gives 500")
    assert asked[0].track == "candidate"


def test_going_back_takes_all_of_it_back() -> None:
    place = Place(auth=old(), api=old())
    run = Run(place)
    run.to_end()
    end = run.driver.go_back("verification failed")
    assert end == Finished("api", "verification failed")
    assert all(c.now.stable == OLD for c in place.services.values())


def test_going_back_waits_for_stable() -> None:
    place = Place(api=old())
    run = Run(place, "rolling")
    run.to_end()
    place.pods["api", "stable"] = Condition.WAITING
    end = run.driver.go_back("x")
    assert isinstance(end, Waiting)
    result = AnalysisResult(True, end.analysis, "ready")
    assert isinstance(run.driver.go_back("x", "api", result), Finished)


def test_going_back_from_nothing_touches_nothing() -> None:
    run = Run(Place(api=old()))
    end = run.driver.go_back("x")
    assert run.events == []
    assert end == Finished("api", "x")


def test_undoing_a_set_waits_too() -> None:
    place = Place(auth=Cluster([Revision(OLD)]), api=old())
    run = Run(place, "rolling")
    end = run.driver.advance()
    assert isinstance(end, Waiting)
    end = run.driver.advance("auth", AnalysisResult(True, end.analysis, "fine"))
    assert isinstance(end, Waiting)
    assert end.service == "api"
    place.pods["auth", "stable"] = Condition.WAITING
    end = run.driver.advance("api", AnalysisResult(False, end.analysis, "slow"))
    assert isinstance(end, Waiting)
    assert end.service == "auth"


def test_a_place_that_does_not_change_is_given_up() -> None:
    class Stuck(Place):
        def do(self, *_: object) -> str:
            return "nothing"

    with pytest.raises(Permanent, match="does not come to an end"):
        Run(Stuck(api=old())).driver.advance()


def test_events_as_json_leave_out_what_is_not_known() -> None:
    assert Event("t", "api", "x").to_dict() == {"time": "t", "service": "api", "text": "x"}
    full = Event("t", "api", "x", None, False, 10, {"errors": 3})
    assert full.to_dict()["figures"] == {"errors": 3}
    assert full.to_dict()["good"] is False
