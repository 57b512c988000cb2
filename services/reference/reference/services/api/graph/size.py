"""How large a query may be, told from its text alone: cheaply, before anything costly is done.

Whether fields of one name agree is checked in pairs
(https://spec.graphql.org/October2021/#sec-Field-Selection-Merging), so that many of one name
would take seconds of a processor. And fields of `Query` each ask another service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

MOST_OF_A_NAME = 50
"""Of a query: fields, or uses of a fragment, that have one name in the answer or as a fragment."""
MOST_AT_THE_TOP = 20
"""Of an operation: fields of `Query`."""


def check_names(document: DocumentNode) -> None:
    """Raise GraphQLError where one name is there too often."""
    names = Counter(
        _name(selection)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        for selection in _selections(definition.selection_set, inside_fields=True)
    )
    for name, count in names.items():
        if count > MOST_OF_A_NAME:
            msg = f"'{name}' is there {count} times; {MOST_OF_A_NAME} is the most. Ask for less."
            raise GraphQLError(msg)


def check_top(operation: DocumentNode) -> None:
    """Raise GraphQLError where an operation, with its fragments, asks for too much at its top."""
    count = sum(
        isinstance(selection, FieldNode)
        for definition in operation.definitions
        if isinstance(definition, OperationDefinitionNode)
        or (
            isinstance(definition, FragmentDefinitionNode)
            and definition.type_condition.name.value == "Query"
        )
        for selection in _selections(definition.selection_set, inside_fields=False)
    )
    if count > MOST_AT_THE_TOP:
        msg = f"Query has {count} fields here; {MOST_AT_THE_TOP} is the most. Ask for less at once."
        raise GraphQLError(msg)


def _selections(top: SelectionSetNode, *, inside_fields: bool) -> Iterator[SelectionNode]:
    """All in it and in its inline fragments; where wanted, in its fields too."""
    sets = [top]
    while sets:
        for selection in sets.pop().selections:
            yield selection
            if isinstance(selection, InlineFragmentNode) or inside_fields:
                inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
                sets += [inner] if inner else []


def _name(selection: SelectionNode) -> str:
    if isinstance(selection, FieldNode):
        return (selection.alias or selection.name).value
    return f"... {selection.name.value}" if isinstance(selection, FragmentSpreadNode) else "..."
