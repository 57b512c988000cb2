"""Writes the status of routes and of the Gateway."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox.apiclient.api import MERGE, Api, NotFoundError
from sandbox.edge.configuration import POOL
from sandbox.edge.desired import CONTROLLER, Backend, Condition, Desired, Object

GATEWAYS = "/apis/gateway.networking.k8s.io/v1"


async def report(
    api: Api, routes: Iterable[Object], conditions: dict[tuple[str, str], list[Condition]]
) -> None:
    """Write each route's status that differs. Raises ApiError, UnreachableError."""
    for route in routes:
        metadata = route["metadata"]
        found = conditions.get((metadata["namespace"], metadata["name"]))
        wanted = route_status(route, found) if found else None
        if wanted is not None:
            path = f"{GATEWAYS}/namespaces/{metadata['namespace']}/httproutes/{metadata['name']}"
            await _patch(api, path, wanted)


def conditions_of(
    wanted: Desired, unplaced: Container[Backend]
) -> dict[tuple[str, str], list[Condition]]:
    """The routes' conditions, also of routes for which the edge has no slot."""
    found = dict(wanted.conditions)
    for route, split in wanted.splits.items():
        namespace, name, _ = route.split("/")
        for backend in (split.first, split.second):
            if backend in unplaced:
                message = (
                    f"The edge serves {POOL} ports of Services; no slot is free for {backend}. "
                    "Delete unused Services."
                )
                others = [c for c in found[namespace, name] if c.type != "ResolvedRefs"]
                crowded = Condition("ResolvedRefs", False, "NoPlaceLeft", message)
                found[namespace, name] = [*others, crowded]
    return found


def route_status(route: Object, conditions: list[Condition]) -> Object | None:
    """The status that the route should have; none when it has that."""
    generation = route["metadata"].get("generation", 1)
    before = (route.get("status") or {}).get("parents") or []
    others = [parent for parent in before if parent.get("controllerName") != CONTROLLER]
    ours = [parent for parent in before if parent.get("controllerName") == CONTROLLER]
    known = ours[0].get("conditions", []) if ours else []
    written = _written(conditions, generation, known)
    refs = route["spec"].get("parentRefs") or ()
    parents = [
        {"parentRef": ref, "controllerName": CONTROLLER, "conditions": written} for ref in refs
    ]
    return None if parents == ours else {"parents": [*others, *parents]}


def _written(conditions: list[Condition], generation: int, before: list[Any]) -> list[Object]:
    """As the API has them; the time is that of the last change."""
    since = {(c["type"], c["status"]): c["lastTransitionTime"] for c in before}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = []
    for condition in conditions:
        status = str(condition.status)
        found.append(
            {
                "type": condition.type,
                "status": status,
                "observedGeneration": generation,
                "lastTransitionTime": since.get((condition.type, status), now),
                "reason": condition.reason,
                "message": condition.message,
            }
        )
    return found


async def accept_gateway(api: Api, namespace: str, name: str) -> None:
    """Report that the edge is the Gateway. Raises ApiError, UnreachableError."""
    accepted = Condition("Accepted", True, "Accepted", "The edge of the sandbox.")
    programmed = Condition("Programmed", True, "Programmed", "Its routes are followed.")
    for path, conditions in (
        (f"{GATEWAYS}/gatewayclasses/{name}", [accepted]),
        (f"{GATEWAYS}/namespaces/{namespace}/gateways/{name}", [accepted, programmed]),
    ):
        item = await api.get(path)
        before = (item.get("status") or {}).get("conditions") or []
        wanted = _written(conditions, item["metadata"]["generation"], before)
        if wanted != before:
            await _patch(api, path, {"conditions": wanted})


async def _patch(api: Api, path: str, status: Object) -> None:
    try:
        await api.patch(f"{path}/status", {"status": status}, MERGE)
    except NotFoundError:
        # It has just been deleted.
        return
