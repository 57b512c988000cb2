"""Cron tasks: what ran, when and how it ended."""

from __future__ import annotations

from msgspec import Struct

from reference.documents import Documents
from reference.operations import Access, Call, Operations
from reference.values import Page, Record

operations = Operations()


class Run(Struct, frozen=True):
    """One run of a task."""

    task: str
    pod: str
    version: str


@operations.get("/v1/runs", access=Access.SERVICE | Access.OPERATOR)
async def newest(call: Call, query: Page) -> list[Record[Run]]:
    """Give the newest runs."""
    return await Documents(call.service.database, "run", Run).newest(query.limit)
