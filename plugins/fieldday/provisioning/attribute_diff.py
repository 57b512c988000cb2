"""Values of resources as a person may see them: differences, without what is secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"
_NOTHING = "(none)"
_LONGEST = 60
# What providers do not mark, such as a function's environment variables.
_SECRET_NAME = re.compile(
    r"(password|passwd|secret|secret_string|token|auth_token|api_?key|access_key|private_key)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Difference:
    """One attribute that changes or has changed."""

    attribute: str
    """Its path, such as `versioning[0].enabled`."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.attribute}: {self.before} -> {self.after}"


def differences(change: dict[str, Any]) -> tuple[Difference, ...]:
    """What differs between `before` and `after` of a change as `terraform show -json` has it.

    An attribute that is empty on both sides, be it null, '', [] or {}, does not differ: providers
    read these in one way and write them in another.
    """
    return tuple(
        _walk(
            "",
            change.get("before"),
            change.get("after"),
            change.get("after_unknown"),
            (change.get("before_sensitive"), change.get("after_sensitive")),
        )
    )


def _walk(
    path: str, before: Any, after: Any, unknown: Any, sensitive: tuple[Any, Any]
) -> Iterator[Difference]:
    if unknown is not True and (before == after or (_is_empty(before) and _is_empty(after))):
        return
    # A marker of a whole hides all of it; nothing of a secret may be walked into.
    if True in sensitive or _SECRET_NAME.search(path):
        yield Difference(path, SENSITIVE, SENSITIVE)
    elif unknown is True:
        yield Difference(path, _shown(before, sensitive[0]), UNKNOWN)
    elif isinstance(before, dict) or isinstance(after, dict):
        # A whole that is new or gone is shown by its parts.
        old, new = _dict(before), _dict(after)
        for key in dict.fromkeys((*old, *new, *_dict(unknown))):
            at = f"{path}.{key}" if path else key
            markers = (_part(sensitive[0], key), _part(sensitive[1], key))
            yield from _walk(at, old.get(key), new.get(key), _part(unknown, key), markers)
    elif _has_parts(before) or _has_parts(after):
        count = max(len(_list(before)), len(_list(after)))
        for index in range(count):
            markers = (_part(sensitive[0], index), _part(sensitive[1], index))
            yield from _walk(
                f"{path}[{index}]",
                _part(_list(before), index),
                _part(_list(after), index),
                _part(unknown, index),
                markers,
            )
    else:
        yield Difference(path, _shown(before, sensitive[0]), _shown(after, sensitive[1]))


def _shown(value: Any, sensitive: Any) -> str:
    """A value in short, or that there is one that must not be shown."""
    if _is_marked(sensitive):
        return SENSITIVE
    if _is_empty(value) and value is not False and value != 0:
        return _NOTHING
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _is_marked(sensitive: Any) -> bool:
    if isinstance(sensitive, dict):
        return any(_is_marked(part) for part in sensitive.values())
    if isinstance(sensitive, list):
        return any(_is_marked(part) for part in sensitive)
    return sensitive is True


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_empty(part) for part in value.values())
    return value is None or value in ("", [])


def _has_parts(value: Any) -> bool:
    """Whether it is a list of blocks; lists of plain values are shown whole."""
    return isinstance(value, list) and any(isinstance(part, (dict, list)) for part in value)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(whole: Any, key: str | int) -> Any:
    if isinstance(whole, dict):
        return whole.get(str(key))
    if isinstance(whole, list) and isinstance(key, int):
        return whole[key] if key < len(whole) else None
    return whole if whole is True else None
