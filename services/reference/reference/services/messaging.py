"""Real-time chat: conversations, which only those who take part in them can read."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from reference import erasure
from reference.documents import Documents
from reference.erasure import Erased
from reference.found import found
from reference.lenient import Lenient
from reference.notices import Notice, notify
from reference.operations import Access, Answer, Call, Operations
from reference.problems import Problem
from reference.service import Service
from reference.values import Input, Name, Page, Record, Text

operations = Operations()


class Conversation(Struct, frozen=True):
    """Some users who write to each other. about: a session or booking, if it is about one.

    The subject is the words of who began it: `begun_by`.
    """

    participants: list[str]
    subject: str
    begun_by: str | None
    about: UUID | None = None


class NewConversation(Input, frozen=True, rename={"others": "with"}):
    """Whom to write to, and about what."""

    others: Annotated[list[UUID], Meta(min_length=1, max_length=20)]
    subject: Name
    about: UUID | None = None


class Message(Struct, frozen=True):
    """Something written: text as data, which whoever shows it must not take for markup."""

    conversation: UUID
    text: str
    edited_at: datetime | None = None


class NewMessage(Input, frozen=True):
    """Something to write."""

    text: Text


def _conversations(service: Service) -> Documents[Conversation]:
    return Documents(service.database, "conversation", Conversation)


def _messages(service: Service) -> Documents[Message]:
    return Documents(service.database, "message", Message)


@operations.post("/v1/conversations", access=Access.USER)
async def begin(call: Call, body: NewConversation) -> Answer[Record[Conversation]]:
    """Begin to write to others."""
    participants = sorted({call.user, *map(str, body.others)})
    if len(participants) < 2:
        raise Problem(422, "with: is only yourself. Give others' ids.")
    conversation = Conversation(participants, body.subject, call.user, body.about)
    record = await _conversations(call.service).add(conversation)
    return Answer(record, {"Location": f"/v1/conversations/{record.id}"})


@operations.get("/v1/conversations", access=Access.USER)
async def conversations(call: Call, query: Page) -> list[Record[Conversation]]:
    """Give the conversations that the user takes part in, the newest first."""
    return await _conversations(call.service).newest(
        query.limit, where={"participants": [call.user]}, before=query.before
    )


@operations.get("/v1/conversations/{conversation}", access=Access.USER)
async def show(call: Call, conversation: UUID) -> Record[Conversation]:
    """Give a conversation that the user takes part in."""
    return await _shared(call, conversation)


@operations.post("/v1/conversations/{conversation}/messages", access=Access.USER)
async def write(call: Call, conversation: UUID, body: NewMessage) -> Answer[Record[Message]]:
    """Write to the others, who are told that there is something to read."""
    shared = await _shared(call, conversation)
    record = await _messages(call.service).add(Message(conversation, body.text), owner=call.user)
    lenient = Lenient()
    notices = [
        Notice(other, "push", "A new message", "Somebody wrote to you.")
        for other in shared.data.participants
        if other != call.user
    ]
    key = f"message:{record.id}"
    await asyncio.gather(
        *(lenient.ask(notify(call.service, notice, key=key)) for notice in notices)
    )
    return Answer(record, lenient.headers)


@operations.get("/v1/conversations/{conversation}/messages", access=Access.USER)
async def messages(call: Call, conversation: UUID, query: Page) -> list[Record[Message]]:
    """Give a conversation's messages, the newest first."""
    await _shared(call, conversation)
    return await _messages(call.service).newest(
        query.limit, where={"conversation": str(conversation)}, before=query.before
    )


@operations.delete("/v1/conversations/{conversation}", access=Access.USER, status=204)
async def leave(call: Call, conversation: UUID) -> None:
    """Take part in a conversation no longer."""
    await _shared(call, conversation)
    await _leave(call.service, conversation, call.user)


async def _shared(call: Call, conversation: UUID) -> Record[Conversation]:
    """A conversation that the caller takes part in. Raises Problem (404): none, or others'."""
    record = found(await _conversations(call.service).get(conversation))
    if call.user not in record.data.participants:
        raise Problem(404, "There is nothing of this id.")
    return record


async def _leave(service: Service, conversation: UUID, user: str) -> None:
    """Take a user out; with the last one all goes."""

    def left(current: Conversation) -> Conversation | None:
        if user not in current.participants:
            return None
        is_theirs = current.begun_by == user
        return replace(
            current,
            participants=[other for other in current.participants if other != user],
            begun_by=None if is_theirs else current.begun_by,
            subject="A conversation" if is_theirs else current.subject,
        )

    record = await _conversations(service).update(conversation, left)
    if record is not None and not record.data.participants:
        await _conversations(service).remove(conversation)
        await _messages(service).remove_all({"conversation": conversation})


async def _erase(service: Service, user: str) -> Erased:
    erased = await _messages(service).erase(user)
    where = {"participants": [user]}
    while shared := await _conversations(service).newest(100, where=where):
        for record in shared:
            await _leave(service, record.id, user)
            erased += 1
    return Erased(erased)


erasure.offer(operations, _erase)
