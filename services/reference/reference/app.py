"""The application: the service's operations behind the checks that all of them share."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from reference import audit, card_guard, erasure, inputs, logs, platform, problems
from reference.database import InvalidRecordError, StoreUnavailableError
from reference.dependency_errors import DependencyError, RefusedError
from reference.guard import Guard
from reference.identity.principal import Kind, Principal
from reference.identity.verifier import unauthorized
from reference.observed import Observed
from reference.openapi import document
from reference.operations import Access, Answer, Call, Operation, Operations
from reference.problems import Problem
from reference.service import Service

Endpoint = Callable[[Request], Awaitable[Response]]


def application(service: Service, offered: Operations) -> ASGIApp:
    """The ASGI application: what every service answers, and what this one offers."""
    operations = [*platform.operations.all, *offered.all]
    described = msgspec.json.encode(document(service.settings, operations))

    async def openapi(_: Request) -> Response:
        return Response(described, media_type="application/json")

    routes = [*_routes(service, operations), Route("/openapi.json", openapi)]
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
            DependencyError: _dependency_failed,
            ClientDisconnect: _gone,
            Exception: _unexpected,
        },
    )
    app.router.redirect_slashes = False
    return Observed(
        Guard(app, service.rates),
        service.settings,
        service.faults,
        service.metrics,
        service.draining,
        route_of,
    )


def _routes(service: Service, operations: Iterable[Operation]) -> list[Route]:
    """One route a path, so that a wrong method is answered with all right ones."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return [
        Route(path, _endpoint(service, methods), methods=list(methods))
        for path, methods in paths.items()
    ]


def _endpoint(service: Service, methods: dict[str, Operation]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # HEAD is GET whose body the server leaves out.
        operation = methods.get(request.method) or methods["GET"]
        return await _answer(service, operation, request)

    return endpoint


async def _answer(service: Service, operation: Operation, request: Request) -> Response:
    if operation.refuses_cards:
        card_guard.check_head(request)
    call = Call(service, request, await _caller(service, operation, request))
    if operation.audited:
        return await audit.audited(call, operation, _perform)
    return await _perform(call, operation)


async def _perform(call: Call, operation: Operation) -> Response:
    service, request = call.service, call.request
    await service.rates.check_user(request.scope, call.caller)
    if call.caller is not None and not operation.access.allows(call.caller.kind):
        raise Problem(403, f"This is not for a {call.caller.kind.value}. Sign in as one who may.")
    given: dict[str, object] = {
        name: inputs.value(request.path_params[name], kind, name)
        for name, kind in operation.parameters.items()
    }
    if operation.query is not None:
        given["query"] = inputs.values(request.query_params, operation.query, "query")
    if operation.key is not None:
        given["key"] = inputs.key(request, operation.key)
    if operation.body is not None:
        limit = service.settings.max_body_bytes
        check = card_guard.check_body if operation.refuses_cards else None
        form = operation.form
        given["body"] = await inputs.body(request, operation.body, limit, check, form=form)
    return _response(await operation.function(call, **given), operation)


async def _caller(service: Service, operation: Operation, request: Request) -> Principal | None:
    authorization = request.headers.get("authorization")
    if authorization is None or operation.ignores_token:
        if operation.access is not Access.ANYONE:
            raise unauthorized("Sign in, and send 'Authorization: Bearer <token>'.")
        return None
    caller = await service.verifier.caller(authorization)
    # What only reads leaves nothing of the user, and need not wait for the answer.
    writes = caller.kind is Kind.USER and operation.method != "GET"
    if writes and await erasure.is_done(service, caller.id):
        raise unauthorized("This user was erased.", "invalid_token")
    return caller


def _response(returned: object, operation: Operation) -> Response:
    if isinstance(returned, Response):
        return returned
    answer: Answer[object] = returned if isinstance(returned, Answer) else Answer(returned)
    status = answer.status or operation.status
    if answer.content is None:
        return Response(status_code=204, headers=answer.headers)
    content = msgspec.json.encode(answer.content)
    return Response(content, status, answer.headers, media_type="application/json")


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


async def _dependency_failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, DependencyError)  # noqa: S101 - for the type checker
    if not isinstance(error, RefusedError):
        logs.event("dependency failed", logging.WARNING, error=str(error)[:300])
    return error.problem().response()


async def _gone(_: Request, __: Exception) -> Response:
    return Problem(400, "The body ended early. Send all of it.", {"Connection": "close"}).response()


async def _unexpected(_: Request, __: Exception) -> Response:
    # Starlette raises the error again after this answer, and `Observed` logs it.
    return problems.unexpected().response()
