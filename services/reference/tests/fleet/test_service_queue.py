"""Notifications: a queue that several replicas take from, each piece of work by one of them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reference.database import Database
from reference.documents import Documents
from reference.services.notification import Notification
from reference.work_queue import WorkQueue

if TYPE_CHECKING:
    from conftest import Fleet, Server

pytestmark = pytest.mark.sandbox

PAST = datetime(2020, 1, 1, tzinfo=UTC)


async def test_each_piece_is_taken_by_one(postgresql: Server) -> None:
    databases = [Database(postgresql.url) for _ in range(3)]
    try:
        for database in databases:
            await database.open()
        kind = uuid.uuid4().hex
        kept = Documents(databases[0], kind, Notification)
        for _ in range(60):
            await kept.add(Notification("push", "s", "t", "queued", PAST))
        queues = [WorkQueue(database, kind, Notification) for database in databases]
        assert await queues[0].depth() == 60
        taken = Counter[uuid.UUID]()

        async def take(queue: WorkQueue[Notification]) -> None:
            while records := await queue.take(7):
                taken.update(record.id for record in records)

        await asyncio.gather(*(take(queue) for queue in queues for _ in range(2)))
        assert len(taken) == 60
        assert set(taken.values()) == {1}
        # Taken is not done: with nobody to finish it, it would be due again after the lease.
        assert await queues[0].depth() == 60
    finally:
        for database in databases:
            await database.close()


async def test_what_was_taken_can_be_changed(postgresql: Server) -> None:
    database = Database(postgresql.url)
    try:
        await database.open()
        kind = uuid.uuid4().hex
        kept = Documents(database, kind, Notification)
        await kept.add(Notification("push", "s", "t", "queued", PAST))
        (record,) = await WorkQueue(database, kind, Notification).take(1)
        done = Notification("push", "s", "t", "delivered", PAST)
        assert await kept.change(record, done) is not None
        assert await WorkQueue(database, kind, Notification).depth() == 0
    finally:
        await database.close()


def test_the_same_by_one_key_is_told_once(fleet: Fleet) -> None:
    user = fleet.user()
    headers = {**fleet.client_token("messaging"), "Idempotency-Key": "k"}
    body = {"user": user.id, "channel": "push", "subject": "s", "text": "t"}
    answers = [
        fleet.call("POST", "notification", "/v1/notifications", json=body, headers=headers)
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert user.call("POST", "notification", "/v1/notifications", json=body).status_code == 403


def test_what_does_not_arrive_is_tried_again_and_given_up(fleet: Fleet) -> None:
    user = fleet.user()
    headers = fleet.client_token("float-plan")
    told = {"user": user.id, "channel": "email", "subject": "s", "text": "t"}
    body = {**told, "address": "bounce@example.com"}
    fleet.call("POST", "notification", "/v1/notifications", json=body, headers=headers)

    def last() -> dict[str, object]:
        query = "SELECT data FROM documents WHERE kind = 'notification' AND owner = $1"
        (row,) = fleet.execute("notification", query, user.id)
        data: dict[str, object] = json.loads(row["data"])
        return data

    fleet.eventually(lambda: last()["tries"] == 1, 10, "one try")
    assert last()["state"] == "queued"
    metrics = fleet.call("GET", "notification", "/metrics").text
    (depth,) = [line for line in metrics.splitlines() if line.startswith("queue_depth{")]
    assert 'queue="notification"' in depth
    make_due = "UPDATE documents SET data = data || $2 WHERE owner = $1"
    past = json.dumps({"due_at": "2020-01-01T00:00:00Z"})
    for tries in range(2, 6):
        fleet.execute("notification", make_due, user.id, past)
        fleet.eventually(lambda wanted=tries: last()["tries"] == wanted, 10, "another try")
    assert last()["state"] == "failed"


def test_who_does_not_want_to_be_told_is_not(fleet: Fleet) -> None:
    user = fleet.user()
    user.call("PUT", "notification", "/v1/preferences", json={"push": False})
    headers = fleet.client_token("messaging")
    body = {"user": user.id, "channel": "push", "subject": "s", "text": "t"}
    answer = fleet.call("POST", "notification", "/v1/notifications", json=body, headers=headers)
    assert answer.json()["data"]["state"] == "muted"
