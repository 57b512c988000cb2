"""Values that are read through the cache."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from reference.operations import Answer, Call
from reference.problems import Problem
from reference.service import Service

T = TypeVar("T")


async def get(service: Service, key: str, kind: type[T]) -> T | None:
    """What is kept under `key`; None: nothing, or what another version means by it."""
    kept = await service.cache.get(key)
    try:
        return None if kept is None else msgspec.json.decode(kept, type=kind)
    except msgspec.MsgspecError:
        return None


async def put(service: Service, key: str, value: object) -> None:
    """Keep a value under `key` for the cache's time to live."""
    await service.cache.put(key, msgspec.json.encode(value))


async def read_through(call: Call, key: str, load: Callable[[], Awaitable[T | None]]) -> Answer[T]:
    """What is kept under `key`, or what `load` gives, kept for the cache's time to live.

    The answer says which in `X-Cache`: hit or miss. Raises Problem (404): `load` gave None.
    """
    found = await call.service.cache.get(key)
    if found is not None:
        return Answer(msgspec.Raw(found), {"X-Cache": "hit"})
    loaded = await load()
    if loaded is None:
        raise Problem(404, "There is nothing of this id.")
    content = msgspec.json.encode(loaded)
    await call.service.cache.put(key, content)
    return Answer(msgspec.Raw(content), {"X-Cache": "miss"})
