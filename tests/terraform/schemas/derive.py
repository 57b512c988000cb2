"""From the generated code of one resource type to its schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from typing_extensions import TypeIs

from tests.terraform.schemas.code import Code, Getter, Written
from tests.terraform.schemas.layout import (
    Attribute,
    Block,
    NestedBlock,
    Type,
    collection_of,
    nested_attributes,
    object_type,
)

_SCALARS = {"String": "string", "Number": "number", "Boolean": "bool"}
_STORED_SCALARS = {"string": "string", "number": "number", "boolean": "bool"}
_BUILT_IN = re.compile(
    r'= new \w+\.(String|Number|Boolean|Any)(\w*)\(this, "\w+"(?:, (?P<is_set>\w+))?\)'
)
_STRUCT = re.compile(
    r'= new (?!cdkt\w\.)(?:\w+\.)?(?P<class>\w+)\(this, "\w+"(?:, (?P<is_set>\w+))?\)'
)
_RETURNED = re.compile(r"return (.*);")
_RETURNED_CLASS = re.compile(r"return new (?:\w+\.)?(\w+)\(")
_READ_BY = re.compile(
    r"get(String|Number|Boolean|NumberList|List|BooleanList|StringMap|NumberMap|BooleanMap|AnyMap)"
    r"Attribute\("
)
_LIST_MAPPER = re.compile(r"\w+\.listMapperHcl\((?:\w+\.)*\w+, (\w+)\)")
# A statement of AWS WAF may hold statements; three levels are what its own limits leave room for.
_DEPTH = 3


class UnderivableError(Exception):
    """The bindings leave the type of an argument open."""


@dataclass
class Derivation:
    """The schema of one resource type, read out of its code."""

    code: Code
    has_nested_attributes: bool = False
    """Whether the provider speaks protocol 6, where objects are nested attributes."""
    open_arguments: list[str] = field(default_factory=list)
    """Arguments that the bindings give no type, as `<class>.<argument>`."""

    def block(self, class_name: str, above: tuple[str, ...] = ()) -> Block:
        """The arguments, attributes and blocks that a class stands for."""
        made: Block = {"attributes": {}, "block_types": {}}
        if above.count(class_name) >= _DEPTH:
            return made
        written = self.code.written(class_name)
        for getter in self.code.getters(class_name):
            found = self._argument(class_name, getter, written.get(getter.name), above)
            if _is_nested_block(found):
                made["block_types"][getter.name] = found
            else:
                made["attributes"][getter.name] = found
        return made

    def _argument(
        self, class_name: str, getter: Getter, written: Written | None, above: tuple[str, ...]
    ) -> Attribute | NestedBlock:
        if built_in := _BUILT_IN.search(getter.body):
            return _flags(getter) | {"type": _built_in_type(built_in)}
        if struct := _STRUCT.search(getter.body):
            return self._struct(class_name, getter, written, struct, above)
        if (known := _plain_type(getter, written)) is not None:
            return _flags(getter) | {"type": known}
        if written and self.code.has_struct(written.struct):
            return self._provider_block(getter, written)
        self.open_arguments.append(f"{class_name}.{getter.name}")
        return _flags(getter) | {"type": "dynamic"}

    def _struct(
        self,
        class_name: str,
        getter: Getter,
        written: Written | None,
        struct: re.Match[str],
        above: tuple[str, ...],
    ) -> Attribute | NestedBlock:
        element, collection = self._element(struct)
        inner = self.block(element, (*above, class_name))
        if written and written.is_block and self._is_block(class_name, getter, written, collection):
            return _nested_block(inner, getter, written, collection)
        mode = collection or "single"
        if self.has_nested_attributes and (getter.optional or getter.required):
            nested = {"attributes": nested_attributes(inner), "nesting_mode": mode}
            return _flags(getter) | Attribute(nested_type=nested)  # type: ignore[typeddict-item]
        return _flags(getter) | {"type": collection_of(object_type(inner), mode)}

    def _element(self, struct: re.Match[str]) -> tuple[str, str]:
        """The class of what is inside, and the collection around it, if there is one."""
        name = struct["class"]
        base = self.code.classes[name].base
        if base not in ("ComplexList", "ComplexMap"):
            return name, ""
        collection = (
            "map" if base == "ComplexMap" else "set" if struct["is_set"] == "true" else "list"
        )
        while self.code.classes[name].base != "ComplexObject":
            returned = _RETURNED_CLASS.search(self.code.classes[name].body)
            if returned is None:
                msg = f"{name}: it does not say what it holds"
                raise UnderivableError(msg)
            name = returned[1]
        return name, collection

    def _is_block(self, class_name: str, getter: Getter, written: Written, collection: str) -> bool:
        """Whether what the code calls a block is one, and no attribute that is an object."""
        if collection:
            mapper = _LIST_MAPPER.match(written.mapper)
            return mapper is not None and mapper[1] == "true"
        if written.collection == "struct":
            # A block is never computed.
            return not getter.computed and self.code.is_documented_block(class_name, getter.name)
        return True

    def _provider_block(self, getter: Getter, written: Written) -> NestedBlock:
        """A block in a provider's own configuration, which has no classes to read it back."""
        inner = self._written_block(written.struct)
        if written.collection == "struct":
            return _single_block(inner, is_required=getter.required)
        made: NestedBlock = {"block": inner, "nesting_mode": written.collection}
        if not re.search(r"ToHclTerraform, \w+\)", written.mapper):
            made["max_items"] = 1
        if getter.required:
            made["min_items"] = 1
        return made

    def _written_block(self, struct: str) -> Block:
        required = self.code.required_fields(struct)
        made: Block = {"attributes": {}, "block_types": {}}
        for name, written in self.code.written_struct(struct).items():
            is_required = re.sub(r"[^a-z0-9]", "", name) in required
            if self.code.has_struct(written.struct):
                made["block_types"][name] = self._written_nested(written, is_required)
                continue
            attribute: Attribute = {"required": True} if is_required else {"optional": True}
            scalar = _STORED_SCALARS[re.sub("(List|Map)$", "", written.storage)]
            mode = "single" if written.collection == "simple" else written.collection
            made["attributes"][name] = attribute | {"type": collection_of(scalar, mode)}
        return made

    def _written_nested(self, written: Written, is_required: bool) -> NestedBlock:
        inner = self._written_block(written.struct)
        if written.collection == "struct":
            return _single_block(inner, is_required=is_required)
        made: NestedBlock = {"block": inner, "nesting_mode": written.collection}
        if is_required:
            made["min_items"] = 1
        return made


def _is_nested_block(found: Attribute | NestedBlock) -> TypeIs[NestedBlock]:
    return "block" in found


def _flags(getter: Getter) -> Attribute:
    made: Attribute = {}
    if getter.required:
        made["required"] = True
    if getter.optional:
        made["optional"] = True
    if getter.computed or not (getter.required or getter.optional):
        made["computed"] = True
    if "@deprecated Write-only" in getter.body:
        made["write_only"] = True
    return made


def _nested_block(inner: Block, getter: Getter, written: Written, collection: str) -> NestedBlock:
    if not collection and written.collection == "struct":
        return _single_block(inner, is_required=getter.required)
    made: NestedBlock = {"block": inner, "nesting_mode": collection or written.collection}
    if not collection:
        made["max_items"] = 1
    if getter.required:
        made["min_items"] = 1
    return made


def _single_block(inner: Block, *, is_required: bool) -> NestedBlock:
    # Terraform wants both numbers or neither.
    bounds: dict[str, int] = {"min_items": 1, "max_items": 1} if is_required else {}
    return {"block": inner, "nesting_mode": "single"} | bounds  # type: ignore[return-value]


def _built_in_type(match: re.Match[str]) -> Type:
    """The type behind cdktn.StringMap, cdktn.StringListMap, cdktn.StringMapList, ..."""
    made: Type = _SCALARS.get(match[1], "dynamic")
    layers = re.findall("List|Map", match[2])
    for position, layer in enumerate(layers, 1):
        is_set = layer == "List" and position == len(layers) and match["is_set"] == "true"
        made = ["set" if is_set else layer.lower(), made]
    return made


def _plain_type(getter: Getter, written: Written | None) -> Type | None:
    """The type of what has no class of its own; None where the code does not say."""
    returned = _RETURNED.search(getter.body)
    read = returned[1] if returned else ""
    if by := _READ_BY.search(read):
        return _type_read(by[1], is_set="tolist(" in read)
    if written is None:
        return None
    if written.collection == "simple":
        return _STORED_SCALARS.get(written.storage)
    if written.collection == "map" and written.storage.removesuffix("Map") in _STORED_SCALARS:
        return ["map", _STORED_SCALARS[written.storage.removesuffix("Map")]]
    return _type_written(written)


def _type_read(by: str, *, is_set: bool) -> Type:
    if by in _SCALARS:
        return _SCALARS[by]
    if by.endswith("List"):
        return ["set" if is_set else "list", _SCALARS.get(by.removesuffix("List"), "string")]
    return ["map", _SCALARS.get(by.removesuffix("Map"), "dynamic")]


def _type_written(written: Written) -> Type | None:
    """The type that a mapper of mappers writes."""
    mapper = written.mapper
    if written.struct:
        return None
    maps, lists = mapper.count("hashMapper"), mapper.count("listMapperHcl")
    if written.collection == "map" and maps:
        return ["map", ["map", "string"] if maps > 1 else ["list", "string"]]
    if lists:
        scalar = "bool" if "booleanTo" in mapper else "number" if "numberTo" in mapper else "string"
        element: Type = ["list", scalar] if lists > 1 else ["map", scalar] if maps else scalar
        return [written.collection, element]
    return None
