"""The shapes of values that requests bring and records hold.

Limits are part of the type, so that the check, the OpenAPI document and its tests say the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

T = TypeVar("T")

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
# Python's "$" is also before a newline at the end, so that one is ruled out.
# A word such as "kayaking" or "lake-tahoe".
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$(?!\n)")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Moment = Annotated[datetime, Meta(tz=True)]
Cents = Annotated[int, Meta(ge=0, le=1_000_000)]
# What a client makes up so that a request that it repeats is done once.
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}$(?!\n)")]


class Input(Struct, frozen=True, forbid_unknown_fields=True):
    """What a request's body is made of: a field that is not known is refused."""


class Query(Struct, frozen=True):
    """What a request's query is made of: what is not known is left alone, as links get longer."""


class Page(Query, frozen=True):
    """How many of the newest, and before which: the last one's `created_at` gives what follows."""

    limit: Limit = 20
    before: Moment | None = None


class Record(Struct, Generic[T], frozen=True):
    """Something kept, with what it was given when it was first kept.

    owner: the id of the user whose data this is; erased with them.
    """

    id: UUID
    owner: str | None
    created_at: datetime
    data: T
