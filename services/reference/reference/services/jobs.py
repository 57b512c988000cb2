"""Cron tasks: what ran, when and how it ended. `python -m reference.task NAME` runs one."""

from __future__ import annotations

from msgspec import Struct

from reference.documents import Documents
from reference.operations import Access, Call, Operations
from reference.service import Service
from reference.values import Page, Record, Slug

operations = Operations()


class Run(Struct, frozen=True):
    """One run of a task.

    result: what it did, in numbers. problem: why it failed; None: it did not.
    """

    task: str
    pod: str
    version: str
    seconds: float
    result: dict[str, int]
    problem: str | None = None


class Runs(Page, frozen=True):
    """Of which task."""

    task: Slug | None = None


def runs(service: Service) -> Documents[Run]:
    """The runs."""
    return Documents(service.database, "run", Run)


@operations.get("/v1/runs", access=Access.SERVICE | Access.OPERATOR)
async def newest(call: Call, query: Runs) -> list[Record[Run]]:
    """Give the newest runs."""
    where = {} if query.task is None else {"task": query.task}
    return await runs(call.service).newest(query.limit, where=where, before=query.before)
