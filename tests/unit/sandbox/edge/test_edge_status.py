"""What the edge writes into routes' status."""

from __future__ import annotations

from typing import Any

from sandbox.edge.configuration import POOL
from sandbox.edge.desired import CONTROLLER, Backend, Condition, Desired, Split
from sandbox.edge.status import conditions_of, route_status

STABLE, CANDIDATE = Backend("production", "api", 8080), Backend("production", "api-new", 8080)
ACCEPTED = Condition("Accepted", True, "Accepted", "The edge follows this route.")
RESOLVED = Condition("ResolvedRefs", True, "ResolvedRefs", "Each Service is there.")
PARENT = {"name": "fieldday", "namespace": "fieldday-system"}


def route(*parents: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "production", "name": "api", "generation": 3},
        "spec": {"parentRefs": [PARENT]},
        "status": {"parents": list(parents)},
    }


def wanted() -> Desired:
    return Desired(
        splits={"production/api/0": Split(STABLE, CANDIDATE, 10)},
        conditions={("production", "api"): [ACCEPTED, RESOLVED], ("staging", "web"): [ACCEPTED]},
    )


def test_a_route_without_a_place_is_told_why_and_what_to_do() -> None:
    found = conditions_of(wanted(), {CANDIDATE})
    accepted, resolved = found["production", "api"]
    assert accepted == ACCEPTED
    assert (resolved.type, resolved.status, resolved.reason) == (
        "ResolvedRefs",
        False,
        "NoPlaceLeft",
    )
    assert resolved.message == (
        f"The edge serves {POOL} ports of Services; no slot is free for production/api-new:8080. "
        "Delete unused Services."
    )
    assert found["staging", "web"] == [ACCEPTED]


def test_with_places_for_all_conditions_stay() -> None:
    assert conditions_of(wanted(), frozenset()) == wanted().conditions


def test_a_status_is_written_for_each_parent_and_generation() -> None:
    status = route_status(route(), [ACCEPTED, RESOLVED])
    assert status
    (parent,) = status["parents"]
    assert (parent["parentRef"], parent["controllerName"]) == (PARENT, CONTROLLER)
    assert [(c["type"], c["status"]) for c in parent["conditions"]] == [
        ("Accepted", "True"),
        ("ResolvedRefs", "True"),
    ]
    assert {c["observedGeneration"] for c in parent["conditions"]} == {3}


def test_a_status_that_is_so_is_not_written_again() -> None:
    status = route_status(route(), [ACCEPTED])
    assert status
    assert route_status(route(*status["parents"]), [ACCEPTED]) is None


def test_the_status_of_other_controllers_stays() -> None:
    other = {"parentRef": {"name": "theirs"}, "controllerName": "other.example/x"}
    status = route_status(route(other), [ACCEPTED])
    assert status
    assert status["parents"][0] == other
    assert len(status["parents"]) == 2


def test_the_time_is_that_of_the_last_change() -> None:
    before = route_status(route(), [ACCEPTED, RESOLVED])
    assert before
    for condition in before["parents"][0]["conditions"]:
        condition["lastTransitionTime"] = "2026-01-01T00:00:00Z"
    broken = Condition("ResolvedRefs", False, "BackendNotFound", "There is none.")
    status = route_status(route(*before["parents"]), [ACCEPTED, broken])
    assert status
    accepted, resolved = status["parents"][0]["conditions"]
    assert accepted["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    assert resolved["lastTransitionTime"] > "2026-01-01T00:00:00Z"
