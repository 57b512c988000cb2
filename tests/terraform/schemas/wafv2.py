"""AWS WAF's web ACLs and rule groups, whose rules' statements the bindings leave open.

A statement may hold statements, which the bindings cannot say of these two; the same statement
stands written out, three levels deep, in `aws_wafv2_web_acl_rule`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from tests.terraform.schemas.layout import Block, ProviderSchema, Schema

if TYPE_CHECKING:
    from tests.terraform.schemas.provider import Kind

_WRITTEN_OUT = "aws_wafv2_web_acl_rule"
_OPEN = ("aws_wafv2_web_acl", "aws_wafv2_rule_group")


def closed(
    schema: ProviderSchema, open_blocks: Mapping[tuple[Kind, str], Block]
) -> set[tuple[Kind, str]]:
    """Give the rules of the open types their statement; which types are whole by that."""
    source = schema["resource_schemas"].get(_WRITTEN_OUT)
    if source is None:
        return set()
    statement = source["block"]["block_types"]["statement"]
    found: set[tuple[Kind, str]] = set()
    for name in _OPEN:
        block = open_blocks.get(("resource_schemas", name))
        if block is None:
            continue
        rule = block["block_types"]["rule"]["block"]
        rule["attributes"].pop("statement", None)
        rule["block_types"]["statement"] = {**statement, "max_items": 1}
        found.add(("resource_schemas", name))
    return found


def without_unused(type_name: str, schema: Schema, words: Set[str]) -> Schema:
    """A type of WAF without the optional blocks that no configuration names; others as they are.

    Its statements within statements make it a hundred times larger than any other type, and
    Terraform reads it anew for each run of a test.
    """
    if not type_name.startswith("aws_wafv2_"):
        return schema
    return {"version": schema["version"], "block": _pruned(schema["block"], words)}


def _pruned(block: Block, words: Set[str]) -> Block:
    return {
        "attributes": block["attributes"],
        "block_types": {
            name: {**nested, "block": _pruned(nested["block"], words)}
            for name, nested in block["block_types"].items()
            if name in words or nested.get("min_items")
        },
    }
