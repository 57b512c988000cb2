"""AWS WAF's web ACLs and rule groups, whose rules' statements the bindings leave open.

A statement may hold statements, which the bindings cannot say of these two; the same statement
stands written out, three levels deep, in `aws_wafv2_web_acl_rule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.terraform.schemas.layout import Block, ProviderSchema

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
