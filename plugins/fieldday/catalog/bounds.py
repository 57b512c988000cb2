"""What a value of the catalogue may be: said once, for the loader and for editors alike.

Pydantic takes what is here from an `Annotated` type into the JSON schema. The loader asks by `in`,
and has words of its own for what is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_Handler = Callable[[Any], Schema]


@dataclass(frozen=True)
class Within:
    """A whole number from `least` to `most`, both included."""

    least: int
    most: int | None = None

    def __contains__(self, number: int) -> bool:
        """Whether it is one of them."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __get_pydantic_json_schema__(self, core: Any, handler: _Handler) -> Schema:
        """As JSON schema says it."""
        most = {} if self.most is None else {"maximum": self.most}
        return {**handler(core), "minimum": self.least, **most}


@dataclass(frozen=True)
class Shape:
    """Text that a regular expression matches whole, in the syntax that Python and editors share."""

    pattern: str

    def __contains__(self, text: str) -> bool:
        """Whether it has that shape."""
        return re.fullmatch(self.pattern, text) is not None

    def __get_pydantic_json_schema__(self, core: Any, handler: _Handler) -> Schema:
        """As JSON schema says it."""
        return {**handler(core), "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Once:
    """A list that names nothing twice."""

    def __contains__(self, values: Sequence[Any]) -> bool:
        """Whether it does not."""
        return len(set(values)) == len(values)

    def __get_pydantic_json_schema__(self, core: Any, handler: _Handler) -> Schema:
        """As JSON schema says it."""
        return {**handler(core), "uniqueItems": True}


@dataclass(frozen=True)
class Named:
    """Values by name, where no key is anything else, `least` of them or more."""

    least: int = 0

    def __get_pydantic_json_schema__(self, core: Any, handler: _Handler) -> Schema:
        """As JSON schema says it."""
        return {**handler(core), "additionalProperties": False, "minProperties": self.least}
