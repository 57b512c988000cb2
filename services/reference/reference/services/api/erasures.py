"""The right to deletion: all services erase what they keep of a user, and a receipt says so.

A service that can't be reached is asked again, by the user's next request or by this service in
the background, until all have answered. Each lets the user's token change nothing from then on, so
`auth` and this service come last: the user can ask again until then. A receipt holds no id once it
is complete, only a digest by which who knows the id can tell.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from reference import logs
from reference.database import StoreUnavailableError
from reference.dependency_errors import DependencyError
from reference.documents import Documents, TakenError
from reference.erasure import GATEWAY, PATH, Erased, digest_of, perform
from reference.found import changed, found
from reference.identity.principal import Kind
from reference.operations import Access, Answer, Call
from reference.peers import as_itself
from reference.problems import Problem
from reference.service import Service
from reference.services.api.favourites import favourites
from reference.services.api.offered import operations
from reference.values import Record
from reference.work_queue import LEASE, QUEUED, WorkQueue

# One group after the other: those that have others write something about a user come before
# `notification`, then the account, and last where the user asks.
GROUPS = (
    (
        "analytics",
        "calendar",
        "discovery",
        "float-plan",
        "messaging",
        "payments",
        "reliability",
    ),
    ("notification",),
    ("auth",),
    (GATEWAY,),
)
_POLL_SECONDS = 5.0
_FIRST_WAIT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 600.0


class Part(Struct, frozen=True):
    """What one service did."""

    erased: int
    kept: int
    at: datetime


class Erasure(Struct, frozen=True):
    """The erasure of a user's data. user: known until it is complete."""

    state: str
    due_at: datetime
    user: str | None
    digest: str
    parts: dict[str, Part]
    tries: int = 0
    completed_at: datetime | None = None


class Receipt(Struct, frozen=True):
    """What was done. user_digest: the SHA-256 of the user's id. missing: not done yet.

    services: of each, the records that it erased, and those that it kept without the person.
    """

    id: UUID
    user_digest: str
    complete: bool
    begun_at: datetime
    completed_at: datetime | None
    services: dict[str, Part]
    missing: list[str]


def _erasures(service: Service) -> Documents[Erasure]:
    return Documents(service.database, "erasure", Erasure)


@operations.delete(PATH, access=Access.USER | Access.OPERATOR, also=(202,), audited=True)
async def erase(call: Call, user: UUID) -> Answer[Receipt]:
    """Erase all data of a user: 200 when all is erased, 202 when some will be later."""
    if call.caller and call.caller.kind is Kind.USER and call.user != str(user):
        raise Problem(403, "Only your own data can be erased. Give your own id.")
    receipt = _receipt(await _advance(call.service, await _begin(call.service, str(user))))
    headers = {"Location": f"/v1/erasures/{receipt.id}"}
    if receipt.complete:
        return Answer(receipt, headers)
    return Answer(receipt, {**headers, "Retry-After": "10"}, 202)


@operations.get("/v1/erasures/{erasure}", access=Access.ANYONE)
async def show(call: Call, erasure: UUID) -> Receipt:
    """Give a receipt, to whoever knows its id: the user can't sign in any more."""
    return _receipt(found(await _erasures(call.service).get(erasure)))


async def _begin(service: Service, user: str) -> Record[Erasure]:
    """The erasure of this user that is not complete yet, or a new one."""
    digest = digest_of(user)
    # Due when this request has surely ended, so that the background leaves it alone.
    new = Erasure(QUEUED, datetime.now(UTC) + LEASE, user, digest, {})
    try:
        return await _erasures(service).add(new, key=digest)
    except TakenError:
        return changed(await _erasures(service).of_key(digest))


async def _advance(service: Service, record: Record[Erasure]) -> Record[Erasure]:
    """Ask those services that have not erased yet. The record as it is then."""
    user = record.data.user
    if user is None:
        return record
    parts = dict(record.data.parts)
    for group in GROUPS:
        missing = [name for name in group if name not in parts]
        done = await asyncio.gather(*(_ask(service, name, user) for name in missing))
        parts |= {name: part for name, part in zip(missing, done, strict=True) if part is not None}
        if any(name not in parts for name in group):
            break
    complete = len(parts) == sum(map(len, GROUPS))
    tries = record.data.tries + 1
    now = datetime.now(UTC)
    wait = min(_FIRST_WAIT_SECONDS * 2.0 ** (tries - 1), _LONGEST_WAIT_SECONDS)
    after = replace(
        record.data,
        state="complete" if complete else QUEUED,
        due_at=now + timedelta(seconds=wait),
        user=None if complete else user,
        parts=parts,
        tries=tries,
        completed_at=now if complete else None,
    )
    kept = await _erasures(service).change(record, after, free_key=complete)
    # None: another request was as far first, and what it kept is as good.
    return kept or found(await _erasures(service).get(record.id))


async def _ask(service: Service, name: str, user: str) -> Part | None:
    try:
        if name == GATEWAY:
            erased = await perform(service, user, _erase)
        else:
            path = PATH.format(user=user)
            erased = await as_itself(service).delete(name, path, Erased)
    except (DependencyError, Problem) as e:
        logs.event("not erased yet", logging.WARNING, error=str(e)[:300])
        return None
    return Part(erased.erased, erased.kept, datetime.now(UTC))


async def _erase(service: Service, user: str) -> Erased:
    return Erased(await favourites(service).erase(user))


def _receipt(record: Record[Erasure]) -> Receipt:
    names = [name for group in GROUPS for name in group]
    return Receipt(
        id=record.id,
        user_digest=record.data.digest,
        complete=record.data.completed_at is not None,
        begun_at=record.created_at,
        completed_at=record.data.completed_at,
        services=record.data.parts,
        missing=sorted(name for name in names if name not in record.data.parts),
    )


async def _go_on_forever(service: Service) -> None:
    """Go on with what is not complete, as long as the service runs."""
    queue = WorkQueue(service.database, "erasure", Erasure)
    while True:
        try:
            for record in await queue.take(5):
                await _advance(service, record)
            service.metrics.queue_depth("erasure", await queue.depth())
        except StoreUnavailableError:
            pass  # logged where it happened; the next look may go well
        except Exception:  # noqa: BLE001 - as above
            logs.event("erasing failed", logging.ERROR, exc_info=True)
        await asyncio.sleep(_POLL_SECONDS)


operations.background.append(_go_on_forever)
