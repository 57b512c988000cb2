"""What every service answers, whichever it is."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import Response

from reference.metrics import CONTENT_TYPE
from reference.operations import Access, Call, Operations
from reference.problems import Problem
from reference.profiler import BusyError, Form
from reference.values import Input, Query

operations = Operations()


class Among(Query, frozen=True):
    """Which dependencies: names, separated by commas."""

    among: str | None = None


class ProfileOrder(Input, frozen=True):
    """For how long."""

    seconds: Annotated[int, Meta(ge=1, le=120)]


class ProfileStarted(msgspec.Struct, frozen=True):
    """Where a profile is being taken: only there it can be had."""

    pod: str
    seconds: int


class ProfileForm(Query, frozen=True):
    """As text, as a page of its own, or for https://www.speedscope.app."""

    form: Form = msgspec.field(default="text", name="as")


_MEDIA_TYPES: dict[Form, str] = {
    "text": "text/plain",
    "html": "text/html",
    "speedscope": "application/json",
}


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


@operations.get("/livez", access=Access.ANYONE, ignores_token=True, media_type="text/plain")
async def livez(_: Call) -> Response:
    """Say that the process answers."""
    return Response("ok\n", media_type="text/plain")


@operations.get("/readyz", access=Access.ANYONE, ignores_token=True, media_type="text/plain")
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


@operations.get("/metrics", access=Access.ANYONE, ignores_token=True, media_type="text/plain")
async def metrics(call: Call) -> Response:
    """Give the metrics, for Prometheus; not to the world."""
    # Every edge says where a request comes from.
    if "x-forwarded-for" in call.request.headers:
        raise Problem(404, "Metrics are for who scrapes within the cluster.")
    if call.service.faults.no_metrics:
        raise Problem(404, "This version has no metrics, on purpose.")
    return Response(call.service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


@operations.put("/v1/profiler", access=Access.OPERATOR, status=202, audited=True)
async def run_profiler(call: Call, body: ProfileOrder) -> ProfileStarted:
    """Profile this pod for a while. It ends by itself; one at a time."""
    s = call.service.settings
    title = f"{s.service} {s.version} ({s.track}) {s.pod}".strip()
    try:
        await call.service.profiler.start(body.seconds, title)
    except BusyError as e:
        detail = "A profile is being taken. Get it when it has ended, then start the next."
        raise Problem(409, detail, {"Retry-After": str(math.ceil(e.seconds))}) from e
    return ProfileStarted(s.pod, body.seconds)


@operations.get("/v1/profiler", access=Access.OPERATOR, media_type=tuple(_MEDIA_TYPES.values()))
async def last_profile(call: Call, query: ProfileForm) -> Response:
    """Give the last profile that ended on this pod."""
    profiler = call.service.profiler
    drawn = await profiler.last(query.form)
    if drawn is None:
        wait = {"Retry-After": "1"} if profiler.is_running else {}
        raise Problem(404, "No profile has ended on this pod. Start one by PUT, and wait.", wait)
    # A page of scripts, to be opened from a file: in a browser's tab our headers forbid them.
    name = {"text": "profile.txt", "html": "profile.html"}.get(query.form, "profile.json")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(drawn, headers=headers, media_type=_MEDIA_TYPES[query.form])
