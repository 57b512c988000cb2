"""What passes between tasks: frozen dataclasses as JSON, checked when they are read again."""

from __future__ import annotations

import json
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from fieldday.errors import Permanent


class JsonData:
    """A mixin for frozen dataclasses: `from_dict(to_dict())` is equal, also by way of JSON.

    Whoever may write XComs may write anything into them, so reading checks every type.
    """

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: times in RFC 3339, tuples as lists."""
        found: dict[str, Any] = _adapter(type(self)).dump_python(self, mode="json")
        return found

    @classmethod
    def from_dict(cls, found: object) -> Self:
        """Read what `to_dict` returned; keys that it does not know are left out.

        Raises `Permanent` with the first field that is wrong, and without its value: it may be a
        secret.
        """
        try:
            read: Self = _adapter(cls).validate_json(json.dumps(found), strict=True)
        except ValidationError as e:
            first = e.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(map(str, first["loc"]))
            problem = f"{field}: {first['msg']}" if field else first["msg"]
            raise _malformed(cls, problem) from None
        except (TypeError, ValueError, RecursionError):
            raise _malformed(cls, "It is not JSON") from None
        return read


def _malformed(kind: type, problem: str) -> Permanent:
    return Permanent(
        f"{kind.__name__}: what an earlier task left can't be read ({problem}). It was altered, or "
        "written by another version: start a new run."
    )


def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
