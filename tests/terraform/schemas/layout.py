"""The layout of `terraform providers schema -json`, below one provider's address."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

Type = str | list[Any]
"""A type constraint: `"string"`, `["list", "string"]`, `["object", {"name": "bool"}]`."""


class Attribute(TypedDict):
    """An argument or attribute; of a type, or nested attributes."""

    type: NotRequired[Type]
    nested_type: NotRequired[NestedType]
    required: NotRequired[bool]
    optional: NotRequired[bool]
    computed: NotRequired[bool]
    sensitive: NotRequired[bool]
    write_only: NotRequired[bool]


class NestedType(TypedDict):
    """Attributes within an attribute (protocol 6)."""

    attributes: dict[str, Attribute]
    nesting_mode: str


class Block(TypedDict):
    """What may be between braces."""

    attributes: dict[str, Attribute]
    block_types: dict[str, NestedBlock]


class NestedBlock(TypedDict):
    """A block within a block."""

    block: Block
    nesting_mode: str
    min_items: NotRequired[int]
    max_items: NotRequired[int]


class Schema(TypedDict):
    """The schema of one type."""

    version: int
    block: Block


class ProviderSchema(TypedDict):
    """Everything that a provider has."""

    provider: Schema
    resource_schemas: dict[str, Schema]
    data_source_schemas: dict[str, Schema]
    ephemeral_resource_schemas: dict[str, Schema]


def object_type(block: Block) -> Type:
    """A block as the type of an attribute."""
    fields = {name: type_of(attribute) for name, attribute in block["attributes"].items()}
    for name, nested in block["block_types"].items():
        fields[name] = collection_of(object_type(nested["block"]), nested["nesting_mode"])
    return ["object", fields]


def collection_of(element: Type, nesting_mode: str) -> Type:
    """A list, set or map of a type, or for `single` the type itself."""
    return element if nesting_mode == "single" else [nesting_mode, element]


def type_of(attribute: Attribute) -> Type:
    """The type of an attribute, nested attributes written out."""
    if "type" in attribute:
        return attribute["type"]
    nested = attribute["nested_type"]
    fields = {name: type_of(inner) for name, inner in nested["attributes"].items()}
    return collection_of(["object", fields], nested["nesting_mode"])


def nested_attributes(block: Block) -> dict[str, Attribute]:
    """A block's content as nested attributes."""
    attributes = dict(block["attributes"])
    for name, nested in block["block_types"].items():
        flag: Attribute = {"required": True} if nested.get("min_items") else {"optional": True}
        attributes[name] = flag | {
            "nested_type": {
                "attributes": nested_attributes(nested["block"]),
                "nesting_mode": nested["nesting_mode"],
            }
        }
    return attributes
