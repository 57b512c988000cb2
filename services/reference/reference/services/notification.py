"""Push, email and SMS: what users are told, kept in a queue until it is delivered.

Delivery is simulated, and each notification says so.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from reference import erasure, logs
from reference.database import StoreUnavailableError
from reference.documents import Documents, TakenError
from reference.domain import delivery
from reference.erasure import Erased
from reference.found import changed, own
from reference.notices import Address, Channel
from reference.operations import Access, Call, Operations
from reference.service import Service
from reference.values import Input, Key, Page, Record
from reference.work_queue import QUEUED, WorkQueue

operations = Operations()

# So often new work is looked for.
_POLL_SECONDS = 1.0
_BATCH = 20


class Notification(Struct, frozen=True):
    """Something that a user is told.

    state: queued, delivered, failed (given up), muted (the user does not want it).
    due_at: when it is to be tried next. source: says that its delivery is simulated.
    """

    channel: Channel
    subject: str
    text: str
    state: str
    due_at: datetime
    address: str | None = None
    tries: int = 0
    read: bool = False
    delivered_at: datetime | None = None
    source: str = delivery.SOURCE


class NewNotification(Input, frozen=True):
    """Something to tell a user."""

    user: UUID
    channel: Channel
    subject: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    address: Address | None = None


class Preferences(Input, frozen=True):
    """By which ways a user wants to be told."""

    push: bool = True
    email: bool = True
    sms: bool = True


def _notifications(service: Service) -> Documents[Notification]:
    return Documents(service.database, "notification", Notification)


def _preferences(service: Service) -> Documents[Preferences]:
    return Documents(service.database, "preferences", Preferences)


@operations.post("/v1/notifications", access=Access.SERVICE | Access.OPERATOR, status=202)
async def notify(call: Call, body: NewNotification, key: Key | None = None) -> Record[Notification]:
    """Tell a user something, soon. The same again by the same key is told once."""
    user = str(body.user)
    wanted = await _wanted(call.service, user)
    # An address of somebody else is used for safety only, which nobody mutes.
    state = QUEUED if body.address or getattr(wanted, body.channel) else "muted"
    new = Notification(
        channel=body.channel,
        subject=body.subject,
        text=body.text,
        state=state,
        due_at=datetime.now(UTC),
        address=body.address,
    )
    notifications = _notifications(call.service)
    unique = None if key is None else f"{user}:{key}"
    try:
        record = await notifications.add(new, owner=user, key=unique)
    except TakenError:
        return changed(await notifications.of_key(unique or ""))
    return record


@operations.get("/v1/notifications", access=Access.USER)
async def own_notifications(call: Call, query: Page) -> list[Record[Notification]]:
    """Give what the user was told, the newest first."""
    return await _notifications(call.service).newest(
        query.limit, owner=call.user, before=query.before
    )


@operations.put("/v1/notifications/{notification}/read", access=Access.USER)
async def read(call: Call, notification: UUID) -> Record[Notification]:
    """Mark a notification as read."""
    notifications = _notifications(call.service)
    record = own(await notifications.get(notification), call)
    return changed(await notifications.change(record, replace(record.data, read=True)))


@operations.get("/v1/preferences", access=Access.USER)
async def preferences(call: Call) -> Preferences:
    """Give by which ways the user wants to be told."""
    return await _wanted(call.service, call.user)


@operations.put("/v1/preferences", access=Access.USER)
async def prefer(call: Call, body: Preferences) -> Preferences:
    """Choose by which ways one is told."""
    return (await _preferences(call.service).put(call.user, body, owner=call.user)).data


async def _wanted(service: Service, user: str) -> Preferences:
    record = await _preferences(service).of_key(user)
    return Preferences() if record is None else record.data


async def _deliver_forever(service: Service) -> None:
    """Deliver what is due, as long as the service runs."""
    queue = WorkQueue(service.database, "notification", Notification)
    while True:
        try:
            taken = await queue.take(_BATCH)
            service.metrics.queue_depth("notification", await queue.depth())
            for record in taken:
                await deliver(service, record)
        except StoreUnavailableError:
            taken = []
        except Exception:  # noqa: BLE001 - the next look may go well, and the log says what was
            logs.event("delivery failed", logging.ERROR, exc_info=True)
            taken = []
        if len(taken) < _BATCH:
            await asyncio.sleep(_POLL_SECONDS)


async def deliver(service: Service, record: Record[Notification]) -> None:
    """Try once to deliver, and keep how it went."""
    now = datetime.now(UTC)
    told = record.data
    tries = told.tries + 1
    if delivery.deliver(told.channel, told.address):
        after = replace(told, state="delivered", tries=tries, delivered_at=now)
    elif tries >= delivery.TRIES:
        after = replace(told, state="failed", tries=tries)
        logs.event("notification given up", logging.WARNING, channel=told.channel, tries=tries)
    else:
        wait = timedelta(seconds=delivery.wait_seconds(tries))
        after = replace(told, tries=tries, due_at=now + wait)
    # None: it was read or erased in between; read ones are tried again after their lease.
    await _notifications(service).change(record, after)


operations.background.append(_deliver_forever)


async def _erase(service: Service, user: str) -> Erased:
    erased = await _notifications(service).erase(user) + await _preferences(service).erase(user)
    return Erased(erased)


erasure.offer(operations, _erase)
