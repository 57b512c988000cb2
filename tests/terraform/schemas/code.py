"""What is written in the generated code of one resource type, before it is understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_CLASS = re.compile(r"^class (\w+) extends \w+\.(\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_GETTER = re.compile(
    r"^    // (?P<name>\w+) - computed: (?P<computed>\w+), optional: (?P<optional>\w+), "
    r"required: (?P<required>\w+)\n(?P<body>.*?)"
    r"(?=^    // \w+ - computed:|^    // ====|\Z)",
    re.DOTALL | re.MULTILINE,
)
_WRITTEN = re.compile(
    r"^ +(?P<name>\w+): \{\n +value: (?P<mapper>.*),\n +isBlock: (?P<is_block>\w+),\n"
    r' +type: "(?P<collection>\w+)",\n +storageClassType: "(?P<storage>\w+)"',
    re.MULTILINE,
)
_TO_HCL = re.compile(
    r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE
)
_INTERFACE = re.compile(
    r"^export interface (?P<name>\w+)(?P<extends>[^\n]*)\{\n(?P<body>.*?)^\}",
    re.DOTALL | re.MULTILINE,
)
_BLOCK_DOC = re.compile(r"^    \* (\w+) block$", re.MULTILINE)
_TYPE_NAME = re.compile(r'tfResourceType = "(\w+)"')
_REQUIRED_FIELD = re.compile(r"readonly (\w+):")
_OWN_FUNCTION = re.compile(r"cdkt\w\.\w+ToHclTerraform")


class JsClass(NamedTuple):
    """A class of the bindings."""

    base: str
    """What it extends, such as `TerraformResource`, `ComplexObject` or `ComplexList`."""
    body: str


class Getter(NamedTuple):
    """How an argument or attribute is read."""

    name: str
    computed: bool
    optional: bool
    required: bool
    body: str


class Written(NamedTuple):
    """How an argument is written into a configuration."""

    mapper: str
    """The JavaScript that makes the value."""
    is_block: bool
    """Whether it may be a block; true for object attributes as well."""
    collection: str
    """`simple`, `struct`, `list`, `set` or `map`."""
    storage: str
    """Such as `string`, `stringMap` or `VpcTimeouts`."""

    @property
    def struct(self) -> str:
        """The struct that the mapper writes, in lower case; empty when it writes plain values."""
        match = re.search(r"(\w+)ToHclTerraform", _OWN_FUNCTION.sub("", self.mapper))
        return match[1].lower() if match else ""


@dataclass(frozen=True)
class Code:
    """The generated code of one resource type."""

    text: str

    @cached_property
    def classes(self) -> dict[str, JsClass]:
        """All classes by name."""
        return {m[1]: JsClass(m[2], m[3]) for m in _CLASS.finditer(self.text)}

    @cached_property
    def top(self) -> tuple[str, str] | None:
        """The class of the resource, data source or provider, and what it extends."""
        return next(
            ((n, c.base) for n, c in self.classes.items() if c.base.startswith("Terraform")), None
        )

    @property
    def type_name(self) -> str:
        """The type in Terraform's words, such as `aws_vpc`; empty when the code is of none."""
        match = _TYPE_NAME.search(self.text)
        return match[1] if match else ""

    @cached_property
    def _writers(self) -> dict[str, str]:
        return {m[1].lower(): m[2] for m in _TO_HCL.finditer(self.text)}

    @cached_property
    def _documented_blocks(self) -> set[tuple[str, str]]:
        found = set()
        for interface in _INTERFACE.finditer(self.text):
            name = interface["name"].lower()
            # The arguments of the resource itself are called <Resource>Config.
            if " extends " in f" {interface['extends']}":
                name = name.removesuffix("config")
            found |= {(name, block) for block in _BLOCK_DOC.findall(interface["body"])}
        return found

    def has_struct(self, struct: str) -> bool:
        """Whether there is a struct of this name."""
        return struct in self._writers

    def getters(self, class_name: str) -> list[Getter]:
        """All arguments and attributes of a class."""
        return [
            Getter(
                name=m["name"],
                computed=m["computed"] == "true",
                optional=m["optional"] == "true",
                required=m["required"] == "true",
                body=m["body"],
            )
            for m in _GETTER.finditer(self.classes[class_name].body)
        ]

    def written(self, class_name: str) -> dict[str, Written]:
        """How the arguments of a class are written, by name."""
        known = self.classes[class_name]
        if known.base.startswith("Terraform"):
            return _written(known.body)
        return self.written_struct(_struct(class_name))

    def written_struct(self, struct: str) -> dict[str, Written]:
        """How the fields of a struct are written, by name."""
        return _written(self._writers.get(struct, ""))

    def required_fields(self, struct: str) -> set[str]:
        """The fields that a struct must have, in lower case and without underscores."""
        pattern = rf"^export interface {struct} \{{\n(.*?)^\}}"
        match = re.search(pattern, self.text, re.DOTALL | re.MULTILINE | re.IGNORECASE)
        return {field.lower() for field in _REQUIRED_FIELD.findall(match[1])} if match else set()

    def is_documented_block(self, class_name: str, argument: str) -> bool:
        """Whether the documentation calls the argument a block."""
        return (_struct(class_name), argument) in self._documented_blocks


def _struct(class_name: str) -> str:
    return class_name.removesuffix("OutputReference").lower()


def _written(body: str) -> dict[str, Written]:
    return {
        m["name"]: Written(m["mapper"], m["is_block"] == "true", m["collection"], m["storage"])
        for m in _WRITTEN.finditer(body)
    }
