"""The right to deletion: what each service does with what it keeps of a user.

The gateway asks all of them, one after the other, and gives a receipt. The law: GDPR, article 17,
https://gdpr-info.eu/art-17-gdpr/
"""

from __future__ import annotations

import hashlib
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
# A token lives an hour at most, but the user can sign in until the last service has erased, and
# one that is down may keep that waiting.
_REFUSED_SECONDS = 7 * 24 * 3600


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
        return await perform(call.service, str(user), erase)


async def perform(service: Service, user: str, erase: Erase) -> Erased:
    """Erase a user's data here by `erase`, and let tokens that outlive the user change nothing.

    Raises Problem (503): the cache is away, so that neither can be known to be done.
    """
    if not await service.cache.note(_note(user), _REFUSED_SECONDS):
        raise _away()
    erased = await erase(service, user)
    if service.cache.is_behind:
        raise _away()
    return erased


async def is_done(service: Service, user: str) -> bool:
    """Whether this service erased the user lately; not where the cache, which knows, is away."""
    return await service.cache.is_noted(_note(user))


def digest_of(user: str) -> str:
    """What may be left of a user: it does not tell the id, but who knows that can compare."""
    return hashlib.sha256(user.encode()).hexdigest()


def _note(user: str) -> str:
    return f"erased:{digest_of(user)}"


def _away() -> Problem:
    detail = "The cache can't be reached, and may have something of the user. Try again."
    return Problem(503, detail, {"Retry-After": "2"})
