"""The OpenAPI document, made from the operations: https://spec.openapis.org/oas/v3.1.0"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from reference import inputs
from reference.operations import Access, Operation
from reference.settings import Settings

_REF = "#/components/schemas/{name}"
_PROBLEM = "#/components/schemas/Problem"


class Problem(msgspec.Struct):
    """What every answer that is not a success holds (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None


def document(settings: Settings, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document of a service that offers these operations."""
    listed = list(operations)
    kinds = [Problem, *(kind for operation in listed for kind in _kinds(operation))]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    found = dict(zip(map(repr, kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        described = _operation(operation, found)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": f"FieldDay {settings.service}", "version": settings.version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _kinds(operation: Operation) -> list[Any]:
    """The types that need a schema."""
    found = [*operation.parameters.values()]
    if operation.query is not None:
        found += [field.type for field in msgspec.structs.fields(operation.query)]
    if operation.body is not None:
        found.append(operation.body)
    if operation.key is not None:
        found.append(operation.key)
    if _describes_itself(operation):
        found.append(operation.returns)
    return found


def _describes_itself(operation: Operation) -> bool:
    returns = operation.returns
    if returns is None or returns is type(None):
        return False
    return not (inspect.isclass(returns) and issubclass(returns, Response))


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schemas[repr(kind)]}
        for name, kind in operation.parameters.items()
    ]
    if operation.query is not None:
        parameters += [
            {"name": f.encode_name, "in": "query", "required": f.required}
            | {"schema": schemas[repr(f.type)]}
            for f in msgspec.structs.fields(operation.query)
        ]
    if operation.key is not None:
        required = type(None) not in typing.get_args(operation.key)
        parameters.append(
            {"name": "Idempotency-Key", "in": "header", "required": required}
            | {"schema": schemas[repr(operation.key)]}
        )
    described: dict[str, Any] = {
        "operationId": operation.function.__name__,
        "summary": operation.summary,
        "responses": _responses(operation, schemas),
    }
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        media_types = [inputs.JSON, *([inputs.FORM] if operation.form else [])]
        schema = schemas[repr(operation.body)]
        content = {media_type: {"schema": schema} for media_type in media_types}
        described["requestBody"] = {"required": True, "content": content}
    if operation.access is not Access.ANYONE:
        described["security"] = [{"token": []}]
    return described


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if _describes_itself(operation):
        content = {"schema": schemas[repr(operation.returns)]}
        success["content"] = dict.fromkeys(operation.media_types, content)
    elif operation.status != HTTPStatus.NO_CONTENT:
        success["content"] = {
            media_type: {"schema": {} if media_type == inputs.JSON else {"type": "string"}}
            for media_type in operation.media_types
        }
    problem = {"application/problem+json": {"schema": {"$ref": _PROBLEM}}}
    wrong = {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem}
        for status in sorted(_problems(operation))
    }
    return {
        **{str(status): success for status in (operation.status, *operation.also)},
        **wrong,
        "default": {"description": "What is wrong, and what would be right.", "content": problem},
    }


def _problems(operation: Operation) -> set[int]:
    """The problems that a caller must reckon with."""
    found = {429, 503}
    if operation.access is not Access.ANYONE:
        found |= {401, 403}
    if operation.parameters:
        found |= {404}
    if operation.parameters or operation.query is not None or operation.key is not None:
        found |= {422}
    if operation.body is not None:
        found |= {400, 413, 415, 422}
    return found
