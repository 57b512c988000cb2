"""The right to deletion: what each service does with what it keeps of a user.

The gateway asks all of them, one after the other, and gives a receipt. The law: GDPR, article 17,
https://gdpr-info.eu/art-17-gdpr/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct

from reference.identity.principal import Kind
from reference.operations import Access, Call, Operations
from reference.problems import Problem
from reference.service import Service

PATH = "/v1/users/{user}/data"
# The only service that asks the others to erase.
GATEWAY = "api"


class Erased(Struct, frozen=True):
    """What became of a user's data in one service.

    erased: records removed. kept: records that the law wants kept, now without the person.
    """

    erased: int = 0
    kept: int = 0


Erase = Callable[[Service, str], Awaitable[Erased]]


def offer(operations: Operations, erase: Erase) -> None:
    """Let the gateway and operators erase a user's data by `erase`, which may be repeated."""

    @operations.delete(PATH, access=Access.SERVICE | Access.OPERATOR, audited=True)
    async def erase_data(call: Call, user: UUID) -> Erased:
        """Erase what is kept of a user."""
        if call.caller and call.caller.kind is Kind.SERVICE and call.caller.id != GATEWAY:
            raise Problem(403, f"Only {GATEWAY} and operators may erase. Ask {GATEWAY}.")
        erased = await erase(call.service, str(user))
        if call.service.cache.is_behind:
            detail = "The cache may still have something of the user. Try again in a moment."
            raise Problem(503, detail, {"Retry-After": "2"})
        return erased
