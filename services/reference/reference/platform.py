"""What every service answers, whichever it is."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from reference.metrics import CONTENT_TYPE
from reference.operations import Access, Call, Operations
from reference.problems import Problem
from reference.values import Query

operations = Operations()


class Among(Query, frozen=True):
    """Which dependencies: names, separated by commas."""

    among: str | None = None


@operations.get("/", access=Access.ANYONE)
async def identity(call: Call) -> dict[str, str]:
    """Say who this is."""
    s = call.service.settings
    return {
        "service": s.service,
        "version": s.version,
        "track": s.track,
        "environment": s.environment,
        "pod": s.pod,
    }


@operations.get("/v1/dependencies", access=Access.ANYONE)
async def ask_dependencies(call: Call, query: Among) -> dict[str, Any]:
    """Give each dependency's own word, or 502 when one is not well.

    `?among=auth,conditions` asks only those of these that are dependencies, for where not all are
    installed.
    """
    among = None if query.among is None else query.among.split(",")
    outcomes = await call.service.dependencies.ask(among)
    failed = [outcome["name"] for outcome in outcomes if not outcome["ok"]]
    if failed:
        detail = f"No good answer from {', '.join(failed)}. Try again later."
        raise Problem(502, detail, dependencies=outcomes)
    return {"dependencies": outcomes}


@operations.get("/livez", access=Access.ANYONE, media_type="text/plain")
async def livez(_: Call) -> Response:
    """Say that the process answers."""
    return Response("ok\n", media_type="text/plain")


@operations.get("/readyz", access=Access.ANYONE, media_type="text/plain")
async def readyz(call: Call) -> Response:
    """Say whether requests may be sent here.

    Dependencies do not count: one that is down would take down all that stand before it.
    """
    if call.service.draining.begun:
        reason = "draining"
    elif call.service.faults.never_ready:
        reason = "never ready, on purpose"
    elif not await call.service.database.is_ready():
        reason = "database not reachable"
    else:
        return Response("ok\n", media_type="text/plain")
    return Response(f"{reason}\n", 503, media_type="text/plain")


@operations.get("/metrics", access=Access.ANYONE, media_type="text/plain")
async def metrics(call: Call) -> Response:
    """Give the metrics, for Prometheus."""
    if call.service.faults.no_metrics:
        raise Problem(404, "This version has no metrics, on purpose.")
    return Response(call.service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
