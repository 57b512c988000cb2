"""A query, from its text to its answer, within limits."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import graphql
from ariadne import make_executable_schema
from ariadne.validation import cost_validator
from graphql import DocumentNode, GraphQLError, GraphQLObjectType, NoSchemaIntrospectionCustomRule

from reference.operations import Call
from reference.problems import Problem
from reference.services.api.graph import fields, size
from reference.services.api.graph.asked import Asked

MOST_WORDS = 1000
"""Of a query: names, brackets, values."""
MOST_COST = 2500
"""Of a query: each value that it may give costs 1, each object 5, once for each in a list."""
_OBJECT_COST = 5
# Errors are found one by one; nobody reads more than a few.
_MOST_ERRORS = 10

SCHEMA = make_executable_schema(
    (Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"),
    *fields.resolvers,
    convert_names_case=True,
)


async def answer(
    call: Call, text: str, variables: dict[str, Any], operation: str | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The data that a query asks for, and headers.

    Raises Problem (400: not a query of this schema, or too large a one), and what the functions
    in `fields` raise.
    """
    asked = Asked(call)
    try:
        document = _document(call, text, variables, operation)
        running = graphql.execute(SCHEMA, document, context_value=asked, variable_values=variables)
        result = await running if inspect.isawaitable(running) else running
    except RecursionError as e:
        raise Problem(400, "The query is nested too deeply. Ask for less at once.") from e
    for error in result.errors or ():
        # What has no path is wrong with the query, and not with what was found.
        if error.path and error.original_error is not None:
            raise error.original_error
    if result.errors or result.data is None:
        raise _refusal(result.errors or ())
    return result.data, asked.lenient.headers


def _document(
    call: Call, text: str, variables: dict[str, Any], operation: str | None
) -> DocumentNode:
    """The operation that is meant, and what it consists of."""
    try:
        document = graphql.parse(text, max_tokens=MOST_WORDS)
        size.check_names(document)
    except GraphQLError as e:
        raise _refusal([e]) from e
    if wrong := graphql.validate(SCHEMA, document, max_errors=_MOST_ERRORS):
        raise _refusal(wrong)
    meant = graphql.get_operation_ast(document, operation)
    if meant is None:
        raise _refusal([GraphQLError("Give as operationName which of its operations is meant.")])
    alone = graphql.separate_operations(document)[meant.name.value if meant.name else ""]
    # With those that the operation itself gives a value.
    values = graphql.get_variable_values(SCHEMA, meant.variable_definitions or (), variables)
    if isinstance(values, list):
        raise _refusal(values)
    if wrong := graphql.validate(SCHEMA, alone, _limits(call, values.coerced)):
        raise _refusal(wrong)
    try:
        size.check_top(alone)
    except GraphQLError as e:
        raise _refusal([e]) from e
    return alone


def _limits(call: Call, variables: dict[str, Any]) -> list[type[graphql.ASTValidationRule]]:
    costs = cost_validator(MOST_COST, variables=variables, cost_map=_COSTS)
    if call.service.settings.environment == "production":
        # The schema is in the documentation; there is no need to help who looks for holes.
        return [costs, NoSchemaIntrospectionCustomRule]
    return [costs]


def _refusal(errors: Sequence[GraphQLError]) -> Problem:
    first = errors[0].message if errors else "There is no answer to it."
    return Problem(400, f"query: {first}", errors=[error.formatted for error in errors])


def _costs() -> dict[str, dict[str, Any]]:
    named = graphql.get_named_type
    return {
        name: {
            field: {
                "complexity": _OBJECT_COST if graphql.is_composite_type(named(f.type)) else 1,
                "multipliers": ["limit"] if "limit" in f.args else [],
            }
            for field, f in kind.fields.items()
        }
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
    }


_COSTS = _costs()
