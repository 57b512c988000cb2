"""The schema of a whole provider, from the bindings in its wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.terraform.schemas import sensitive, wafv2
from tests.terraform.schemas.code import Code
from tests.terraform.schemas.derive import Derivation, UnderivableError
from tests.terraform.schemas.layout import Block, ProviderSchema

Kind = Literal["resource_schemas", "data_source_schemas", "ephemeral_resource_schemas"]
_KINDS: dict[str, Kind] = {
    "TerraformResource": "resource_schemas",
    "TerraformDataSource": "data_source_schemas",
    "TerraformEphemeralResource": "ephemeral_resource_schemas",
}
_TOP = re.compile(r"^class \w+ extends \w+\.(Terraform\w+) \{", re.MULTILINE)


class Derived(NamedTuple):
    """A provider's schema, and what could not be derived."""

    schema: ProviderSchema
    left_out: tuple[str, ...]
    """Types whose bindings leave an argument open, as `<kind>.<type>`."""


def derive_provider(bindings: dict[str, str], *, has_nested_attributes: bool = False) -> Derived:
    """The schema of everything in the bindings, as `read_bindings` gives them."""
    schema: ProviderSchema = {
        "provider": {"version": 0, "block": {"attributes": {}, "block_types": {}}},
        "resource_schemas": {},
        "data_source_schemas": {},
        "ephemeral_resource_schemas": {},
    }
    open_blocks: dict[tuple[Kind, str], Block] = {}
    for kind, name, derivation, block in _types(bindings, has_nested_attributes):
        if kind is None:
            # An alias belongs to the configuration, not to the provider's schema.
            block["attributes"].pop("alias", None)
            schema["provider"]["block"] = block
        elif derivation.open_arguments:
            open_blocks[kind, name] = block
        else:
            schema[kind][name] = {"version": 0, "block": block}
    closed = wafv2.closed(schema, open_blocks)
    for kind, name in closed:
        schema[kind][name] = {"version": 0, "block": open_blocks[kind, name]}
    sensitive.mark(schema)
    left_out = sorted(f"{kind}.{name}" for kind, name in open_blocks.keys() - closed)
    return Derived(schema, tuple(left_out))


def _types(
    bindings: dict[str, str], has_nested_attributes: bool
) -> Iterator[tuple[Kind | None, str, Derivation, Block]]:
    for _, text in sorted(bindings.items()):
        # Reading the classes takes time, so what is of no type is told apart first.
        if not _TOP.search(text):
            continue
        code = Code(text)
        if code.top is None:
            continue
        class_name, base = code.top
        if base not in _KINDS and base != "TerraformProvider":
            continue
        derivation = Derivation(code, has_nested_attributes)
        try:
            block = derivation.block(class_name)
        except (KeyError, UnderivableError) as error:
            msg = f"{code.type_name}: the bindings cannot be read: {error}. Pin another wheel."
            raise ValueError(msg) from error
        yield _KINDS.get(base), code.type_name, derivation, block
