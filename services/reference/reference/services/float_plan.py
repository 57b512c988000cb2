"""Water sports safety: float plans, and who is told when a party is not back in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from reference import erasure
from reference.documents import Documents
from reference.domain import float_plans
from reference.domain.conditions import Reading
from reference.domain.float_plans import State
from reference.erasure import Erased
from reference.found import changed, own
from reference.lenient import Lenient
from reference.notices import Address, Channel, Notice, notify
from reference.operations import Access, Answer, Call, Operations
from reference.peers import as_caller
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Moment, Name, Page, Record, Slug, Text

operations = Operations()

People = Annotated[int, Meta(ge=1, le=100)]
# So many plans are looked after at once; the task comes again in five minutes.
_MOST_OVERDUE = 500


class Contact(Input, frozen=True):
    """Somebody who can be reached ashore, by email or telephone."""

    name: Name
    address: Address


class Plan(Struct, frozen=True):
    """Who is on the water, where, and until when. conditions: as they were when it was filed."""

    activity: str
    spot: str
    departs_at: datetime
    returns_at: datetime
    people: int
    contact: Contact
    state: State
    guardian: Contact | None = None
    note: str = ""
    conditions: Reading | None = None
    returned_at: datetime | None = None


class NewPlan(Input, frozen=True):
    """A plan to file. guardian: a minor needs one."""

    activity: Slug
    spot: Slug
    departs_at: Moment
    returns_at: Moment
    contact: Contact
    people: People = 1
    guardian: Contact | None = None
    note: Text | None = None


class Checked(Struct, frozen=True):
    """How many parties are overdue since the last look, and how many messages went out."""

    overdue: int
    told: int


def _plans(service: Service) -> Documents[Plan]:
    return Documents(service.database, "plan", Plan)


@operations.post("/v1/plans", access=Access.USER)
async def file_plan(call: Call, body: NewPlan) -> Answer[Record[Plan]]:
    """File a float plan."""
    adult = call.caller is not None and call.caller.adult
    objection = float_plans.objection(
        body.departs_at,
        body.returns_at,
        datetime.now(UTC),
        adult=adult,
        has_guardian=body.guardian is not None,
    )
    if objection is not None:
        raise Problem(422, objection)
    lenient = Lenient()
    path = f"/v1/spots/{body.spot}/conditions"
    plan = Plan(
        activity=body.activity,
        spot=body.spot,
        departs_at=body.departs_at,
        returns_at=body.returns_at,
        people=body.people,
        contact=body.contact,
        state=State.OPEN,
        guardian=body.guardian,
        note=body.note or "",
        conditions=await lenient.ask(as_caller(call).get("conditions", path, Reading)),
    )
    record = await _plans(call.service).add(plan, owner=call.user)
    return Answer(record, {"Location": f"/v1/plans/{record.id}", **lenient.headers})


@operations.get("/v1/plans", access=Access.USER)
async def own_plans(call: Call, query: Page) -> list[Record[Plan]]:
    """Give the user's plans, the newest first."""
    return await _plans(call.service).newest(query.limit, owner=call.user, before=query.before)


@operations.get("/v1/plans/{plan}", access=Access.USER)
async def show(call: Call, plan: UUID) -> Record[Plan]:
    """Give one of the user's plans."""
    return own(await _plans(call.service).get(plan), call)


@operations.put("/v1/plans/{plan}/check-in", access=Access.USER)
async def check_in(call: Call, plan: UUID) -> Record[Plan]:
    """Say that the party is back. Saying so again changes nothing."""
    record = own(await _plans(call.service).get(plan), call)
    if record.data.state is State.RETURNED:
        return record
    back = replace(record.data, state=State.RETURNED, returned_at=datetime.now(UTC))
    return changed(await _plans(call.service).change(record, back))


@operations.post("/v1/overdue-checks", access=Access.SERVICE | Access.OPERATOR, status=200)
async def check_overdue(call: Call) -> Answer[Checked]:
    """Look for parties that are not back in time, and tell them and those ashore."""
    query = """
        SELECT id, owner, created_at, data FROM documents
        WHERE kind = 'plan' AND data @> '{"state": "open"}'
            AND (data ->> 'returns_at')::timestamptz < now() - $1::interval
        ORDER BY created_at LIMIT $2
    """
    async with call.service.database.connection("overdue plans") as connection:
        rows = await connection.fetch(query, float_plans.GRACE, _MOST_OVERDUE)
    lenient = Lenient()
    overdue = told = 0
    now = datetime.now(UTC)
    for record in map(_plans(call.service).record, rows):
        if not float_plans.is_overdue(record.data.state, record.data.returns_at, now):
            continue
        sent = [
            await lenient.ask(notify(call.service, notice, key=key))
            for notice, key in _notices(record)
        ]
        # One that could not be told to anybody stays open, and is looked at again.
        if any(answer is not None for answer in sent):
            told += sum(answer is not None for answer in sent)
            late = replace(record.data, state=State.OVERDUE)
            overdue += await _plans(call.service).change(record, late) is not None
    return Answer(Checked(overdue, told), lenient.headers)


def _notices(record: Record[Plan]) -> list[tuple[Notice, str]]:
    """What is told to whom, with a key so that nobody is told twice."""
    plan = record.data
    user = record.owner or ""
    text = (
        f"A party of {plan.people} at {plan.spot} meant to be back at {plan.returns_at:%H:%M} UTC."
    )
    ask = "Check in as soon as you are back."
    call_them = "Call them. Where nobody answers, call the coast guard."
    notices = [(Notice(user, "push", "Are you back?", f"{text} {ask}"), f"overdue:{record.id}")]
    for who, contact in (("contact", plan.contact), ("guardian", plan.guardian)):
        if contact is not None:
            channel: Channel = "email" if "@" in contact.address else "sms"
            notice = Notice(user, channel, "Overdue", f"{text} {call_them}", contact.address)
            notices.append((notice, f"overdue:{record.id}:{who}"))
    return notices


async def _erase(service: Service, user: str) -> Erased:
    return Erased(await _plans(service).erase(user))


erasure.offer(operations, _erase)
