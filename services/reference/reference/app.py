"""The application: routes and what answers them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from reference import bodies, problems
from reference.cache import Cache
from reference.dependencies import Dependencies
from reference.faults import Faults
from reference.metrics import CONTENT_TYPE, Metrics
from reference.observed import Draining, Observed
from reference.problems import Problem
from reference.records import InvalidRecordError, Records, StoreUnavailableError
from reference.settings import Settings

MAX_LIMIT = 100


@dataclass(frozen=True)
class Service:
    """The parts that requests need, and the routes' answers."""

    settings: Settings
    faults: Faults
    metrics: Metrics
    records: Records
    cache: Cache
    dependencies: Dependencies
    draining: Draining

    async def identity(self, _: Request) -> Response:
        """GET /: who this is."""
        s = self.settings
        return JSONResponse(
            {
                "service": s.service,
                "version": s.version,
                "track": s.track,
                "environment": s.environment,
                "pod": s.pod,
            }
        )

    async def records_collection(self, request: Request) -> Response:
        """GET /v1/records?limit=&name=: the newest. POST /v1/records: a new one."""
        if request.method == "POST":
            content = await bodies.read_object(request, self.settings.max_body_bytes)
            record = await self.records.add(*bodies.record(content))
            return JSONResponse(record, 201, {"Location": f"/v1/records/{record['id']}"})
        limit = request.query_params.get("limit", "20")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MAX_LIMIT):
            raise Problem(422, f"limit: not allowed. Give a whole number from 1 to {MAX_LIMIT}.")
        name = request.query_params.get("name")
        if name is not None and "\0" in name:
            raise Problem(422, "name: holds a NUL character. Give text without it.")
        return JSONResponse({"records": await self.records.newest(int(limit), name)})

    async def record(self, request: Request) -> Response:
        """GET /v1/records/{id}: a record, from the cache where it has it."""
        try:
            record_id = uuid.UUID(request.path_params["id"])
        except ValueError as e:
            raise Problem(422, "id: not a UUID. Give the id of a record.") from e
        key = f"record:{record_id}"
        cached = await self.cache.get(key)
        if cached is not None:
            return Response(cached, media_type="application/json", headers={"X-Cache": "hit"})
        record = await self.records.get(record_id)
        if record is None:
            raise Problem(404, "There is no record of this id.")
        content = json.dumps(record).encode()
        await self.cache.put(key, content)
        return Response(content, media_type="application/json", headers={"X-Cache": "miss"})

    async def ask_dependencies(self, request: Request) -> Response:
        """GET /v1/dependencies: each dependency's own word, or 502 when one is not well.

        `?among=auth,conditions` asks only those of these that are dependencies, for where not
        all are installed.
        """
        among = request.query_params.get("among")
        outcomes = await self.dependencies.ask(None if among is None else among.split(","))
        failed = [outcome["name"] for outcome in outcomes if not outcome["ok"]]
        if failed:
            detail = f"No good answer from {', '.join(failed)}. Try again later."
            raise Problem(502, detail, dependencies=outcomes)
        return JSONResponse({"dependencies": outcomes})

    async def livez(self, _: Request) -> Response:
        """GET /livez: the process answers."""
        return Response("ok\n", media_type="text/plain")

    async def readyz(self, _: Request) -> Response:
        """GET /readyz: requests may be sent here. Dependencies do not count: one that is down
        would take down all that stand before it."""
        if self.draining.begun:
            reason = "draining"
        elif self.faults.never_ready:
            reason = "never ready, on purpose"
        elif not await self.records.is_ready():
            reason = "database not reachable"
        else:
            return Response("ok\n", media_type="text/plain")
        return Response(f"{reason}\n", 503, media_type="text/plain")

    async def show_metrics(self, _: Request) -> Response:
        """GET /metrics, for Prometheus."""
        if self.faults.no_metrics:
            raise Problem(404, "This version has no metrics, on purpose.")
        return Response(self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def application(service: Service) -> ASGIApp:
    """The ASGI application over the parts of `service`."""
    routes = [
        Route("/", service.identity),
        Route("/v1/records", service.records_collection, methods=["GET", "POST"]),
        Route("/v1/records/{id}", service.record),
        Route("/v1/dependencies", service.ask_dependencies),
        Route("/livez", service.livez),
        Route("/readyz", service.readyz),
        Route("/metrics", service.show_metrics),
    ]
    templates: dict[object, str] = {route.endpoint: route.path for route in routes}

    def route_of(scope: Scope) -> str:
        return templates.get(scope.get("endpoint"), "unmatched")

    app = Starlette(
        routes=routes,
        exception_handlers={
            Problem: _problem,
            HTTPException: _http_error,
            StoreUnavailableError: _store_unavailable,
            InvalidRecordError: _invalid,
            ClientDisconnect: _gone,
            Exception: _unexpected,
        },
    )
    app.router.redirect_slashes = False
    return Observed(
        app, service.settings, service.faults, service.metrics, service.draining, route_of
    )


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - for the type checker
    return error.response()


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    known = {404: "There is nothing at this path.", 405: "The path is known, the method is not."}
    detail = known.get(error.status_code, error.detail)
    return Problem(error.status_code, detail, error.headers).response()


async def _store_unavailable(_: Request, __: Exception) -> Response:
    detail = "The database cannot be reached. Try again in a moment."
    return Problem(503, detail, {"Retry-After": "1"}).response()


async def _invalid(_: Request, __: Exception) -> Response:
    return Problem(422, "A value cannot be kept as text. Send plain Unicode.").response()


async def _gone(_: Request, __: Exception) -> Response:
    return Problem(400, "The body ended early. Send all of it.", {"Connection": "close"}).response()


async def _unexpected(_: Request, __: Exception) -> Response:
    # Starlette raises the error again after this answer, and `Observed` logs it.
    return problems.unexpected().response()
