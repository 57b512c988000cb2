"""Calendar sync: a user's entries, also as iCalendar, and the calendars elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from reference import erasure
from reference.documents import Documents, TakenError
from reference.domain import icalendar
from reference.erasure import GATEWAY, Erased
from reference.found import own
from reference.identity.principal import Kind
from reference.lenient import Lenient
from reference.notices import Notice, notify
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Moment, Name, Page, Record, Text

operations = Operations()

# A reminder goes out so long before an entry.
_REMIND = timedelta(hours=24)
# Calendar programs know no others, and it leaves room to reckon.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=31)


class Entry(Struct, frozen=True):
    """Something in a user's calendar. about: the booking or plan that it is for."""

    title: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    about: UUID | None = None
    reminded: bool = False


class NewEntry(Input, frozen=True):
    """Something to put into the calendar; only one is kept about the same thing."""

    title: Name
    starts_at: Moment
    ends_at: Moment
    note: Text | None = None
    about: UUID | None = None


class Connection(Struct, frozen=True):
    """A calendar elsewhere. source: says that it is simulated."""

    provider: str
    synced_at: datetime | None = None
    source: str = "simulated"


class NewConnection(Input, frozen=True):
    """A calendar elsewhere to keep in step with."""

    provider: Literal["google", "microsoft"]


class Synced(Struct, frozen=True):
    """How many calendars were synced, and how many users reminded of something."""

    calendars: int
    reminders: int


def _entries(service: Service) -> Documents[Entry]:
    return Documents(service.database, "entry", Entry)


def _connections(service: Service) -> Documents[Connection]:
    return Documents(service.database, "connection", Connection)


@operations.post("/v1/entries", access=Access.USER)
async def add(call: Call, body: NewEntry) -> Answer[Record[Entry]]:
    """Put something into one's own calendar."""
    if not _FIRST <= body.starts_at <= _LAST:
        raise Problem(422, "starts_at: is not between 2000 and 2100. Give the real time.")
    if not body.starts_at < body.ends_at or body.ends_at - body.starts_at > _LONGEST:
        raise Problem(
            422, "ends_at: is not within 31 days after starts_at. Give a time in between."
        )
    entry = Entry(body.title, body.starts_at, body.ends_at, body.note or "", body.about)
    key = f"{call.user}:{body.about}" if body.about else None
    try:
        record = await _entries(call.service).add(entry, owner=call.user, key=key)
    except TakenError as e:
        raise Problem(409, "about: is in the calendar already. Remove that entry first.") from e
    return Answer(record, {"Location": f"/v1/entries/{record.id}"})


@operations.get("/v1/entries", access=Access.USER)
async def entries(call: Call, query: Page) -> list[Record[Entry]]:
    """Give the entries of one's own calendar, the newest first."""
    return await _entries(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.delete("/v1/entries/{entry}", access=Access.USER, status=204)
async def remove(call: Call, entry: UUID) -> None:
    """Remove an entry of one's own calendar."""
    own(await _entries(call.service).get(entry), call)
    await _entries(call.service).remove(entry)


@operations.delete("/v1/about/{about}", access=Access.USER | Access.SERVICE, status=204)
async def remove_about(call: Call, about: UUID) -> None:
    """Remove what is about this booking or plan, if anything: for a user in one's own calendar.

    For the gateway in everybody's, as what is off for one is off for all.
    """
    if call.caller and call.caller.kind is Kind.SERVICE:
        if call.user != GATEWAY:
            raise Problem(403, f"Only {GATEWAY} may change others' calendars. Ask {GATEWAY}.")
        await _entries(call.service).remove_all({"about": about})
        return
    record = await _entries(call.service).of_key(f"{call.user}:{about}")
    if record is not None:
        await _entries(call.service).remove(record.id)


@operations.get("/v1/calendar.ics", access=Access.USER, media_type="text/calendar")
async def as_icalendar(call: Call) -> Response:
    """Give one's own calendar as calendar programs read it (RFC 5545), the newest 100 entries."""
    events = [
        icalendar.Event(
            uid=f"{record.id}@fieldday.example",
            stamp=record.created_at,
            starts_at=record.data.starts_at,
            ends_at=record.data.ends_at,
            title=record.data.title,
            note=record.data.note,
        )
        for record in await _entries(call.service).newest(100, owner=call.user)
    ]
    text = icalendar.calendar(events, "FieldDay")
    disposition = {"Content-Disposition": 'attachment; filename="fieldday.ics"'}
    return Response(text, headers=disposition, media_type="text/calendar")


@operations.post("/v1/connections", access=Access.USER)
async def connect(call: Call, body: NewConnection) -> Record[Connection]:
    """Keep a calendar elsewhere in step with one's own."""
    try:
        return await _connections(call.service).add(
            Connection(body.provider), owner=call.user, key=f"{call.user}:{body.provider}"
        )
    except TakenError as e:
        raise Problem(409, "provider: is connected already. There is nothing to do.") from e


@operations.get("/v1/connections", access=Access.USER)
async def connections(call: Call, query: Page) -> list[Record[Connection]]:
    """Give the calendars elsewhere that are connected."""
    return await _connections(call.service).newest(query.limit, owner=call.user)


@operations.delete("/v1/connections/{connection}", access=Access.USER, status=204)
async def disconnect(call: Call, connection: UUID) -> None:
    """Leave a calendar elsewhere alone from now on."""
    own(await _connections(call.service).get(connection), call)
    await _connections(call.service).remove(connection)


@operations.post("/v1/syncs", access=Access.SERVICE | Access.OPERATOR, status=200)
async def sync(call: Call) -> Answer[Synced]:
    """Bring the calendars elsewhere up to date, and remind of what is near."""
    lenient = Lenient()
    calendars = await _sync(call.service)
    return Answer(Synced(calendars, await _remind(call.service, lenient)), lenient.headers)


async def _sync(service: Service) -> int:
    """Nothing goes out: the providers are simulated, and each connection says so."""
    query = """
        UPDATE documents SET data = data || jsonb_build_object('synced_at', $1::text)
        WHERE kind = 'connection' RETURNING id
    """
    async with service.database.connection("sync") as connection:
        return len(await connection.fetch(query, msgspec.to_builtins(datetime.now(UTC))))


async def _remind(service: Service, lenient: Lenient) -> int:
    query = """
        SELECT id, owner, created_at, data FROM documents
        WHERE kind = 'entry' AND data @> '{"reminded": false}'
            AND (data ->> 'starts_at')::timestamptz BETWEEN now() AND now() + $1
        ORDER BY created_at LIMIT 500
    """
    async with service.database.connection("near entries") as connection:
        rows = await connection.fetch(query, _REMIND)
    count = 0
    for record in map(_entries(service).record, rows):
        if record.owner is None:
            continue
        notice = Notice(
            user=record.owner,
            channel="push",
            subject="Tomorrow in your calendar",
            text=f"Something begins at {record.data.starts_at:%H:%M} UTC.",
        )
        if await lenient.ask(notify(service, notice, key=f"reminder:{record.id}")) is not None:
            await _entries(service).change(record, replace(record.data, reminded=True))
            count += 1
    return count


async def _erase(service: Service, user: str) -> Erased:
    return Erased(await _entries(service).erase(user) + await _connections(service).erase(user))


erasure.offer(operations, _erase)
