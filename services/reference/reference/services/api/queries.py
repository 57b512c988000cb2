"""Reads over several services in one request, by GraphQL: https://spec.graphql.org"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from reference.operations import Access, Answer, Call
from reference.services.api.offered import operations
from reference.values import Input


class Question(Input, frozen=True, rename={"operation_name": "operationName"}):
    """A GraphQL request. operationName: which of several. extensions: not looked at."""

    query: Annotated[str, Meta(min_length=1, max_length=20_000)]
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Answered(Struct, frozen=True):
    """What was asked for."""

    data: dict[str, Any]


@operations.post("/graphql", access=Access.ANYONE, status=200)
async def ask(call: Call, body: Question) -> Answer[Answered]:
    """Answer a GraphQL query."""
    answer = await asyncio.to_thread(_answering)
    data, headers = await answer(call, body.query, body.variables or {}, body.operation_name)
    return Answer(Answered(data), headers)


_Answering = Callable[
    [Call, str, dict[str, Any], str | None],
    Awaitable[tuple[dict[str, Any], dict[str, str]]],
]


@functools.cache
def _answering() -> _Answering:
    # Imported when it is first needed, as `graph` says.
    from reference.services.api.graph.answering import answer

    return answer
