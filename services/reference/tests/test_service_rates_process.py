"""Rate limits that processes share by a real Valkey, and what happens when it is away."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest

from reference.metrics import Metrics
from reference.problems import Problem
from reference.rates import Policy, Rates
from reference.settings import Limits, Settings

pytestmark = pytest.mark.sandbox
Start = Callable[..., Any]


@pytest.mark.smoke
def test_two_processes_share_one_limit(
    auth: Any, start: Start, postgresql: Any, valkey: Any
) -> None:
    variables = {
        "SERVICE": "analytics",
        "DATABASE_URL": postgresql.url,
        "CACHE_URL": valkey.url,
        "AUTH_URL": auth.url,
        "RATE_LIMIT_PER_USER": "6",
    }
    first, second = (start(**variables) for _ in range(2))
    user, other = auth.user(), auth.user()
    answers = [where.get("/", user) for where in [first, second] * 4]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    left = [re.search(r"r=(\d+)", answer.headers["ratelimit"]) for answer in answers]
    assert [int(found[1]) for found in left if found] == [5, 4, 3, 2, 1, 0, 0, 0]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert first.get("/", other).status_code == 200
    # Of an address that nobody forwarded there is no limit, whoever asks.
    assert first.get("/").status_code == 200


def test_an_address_is_limited_at_all_processes_and_let_through_without_valkey(
    start: Start, postgresql: Any, valkey: Any, eventually: Any
) -> None:
    variables = {
        "SERVICE": "conditions",
        "DATABASE_URL": postgresql.url,
        "CACHE_URL": valkey.url,
        "RATE_LIMIT_PER_IP": "4",
    }
    first, second = (start(**variables) for _ in range(2))
    client = {"X-Forwarded-For": "8.8.8.8, 203.0.113.9"}
    statuses = [where.get("/", client).status_code for where in [first, second] * 3]
    assert statuses == [200] * 4 + [429] * 2
    assert first.get("/", {"X-Forwarded-For": "203.0.113.10"}).status_code == 200
    valkey.stop()
    try:
        assert {first.get("/", client).status_code for _ in range(20)} == {200}
        assert re.search(
            r'rate_limit_checks_total{limit="address",result="unavailable",.*} 20.0',
            first.get("/metrics").text,
        )
    finally:
        valkey.start()
    # Valkey kept nothing, so the quota is whole again; what matters is that it counts again.
    eventually(lambda: first.get("/", client).status_code == 429, 10, "limited again")


async def test_who_waits_as_long_as_told_is_let_in(valkey: Any) -> None:
    metrics = Metrics(Settings("api", "1", "postgresql://nowhere/d"))
    rates = Rates(Limits(), valkey.url, "test:", metrics)
    policy = Policy("short", 4, 2)
    waits = []

    async def until_refused() -> None:
        while True:
            await rates.count(policy, "ada")

    for _ in range(3):
        with pytest.raises(Problem) as refused:
            await until_refused()
        assert refused.value.status == 429
        waits.append(int(refused.value.headers["Retry-After"]))
        await asyncio.sleep(waits[-1])
        assert await rates.count(policy, "ada")
    await rates.close()
    assert max(waits) <= 2


def test_an_endless_head_is_cut_off(start: Start) -> None:
    conditions = start("/livez", SERVICE="conditions")
    host, port = conditions.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: conditions\r\nX-Long: ")
        # The server may close while this is sent.
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                connection.sendall(b"x" * 16_384)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while received := connection.recv(4096):
                answer += received
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
    assert conditions.status("/livez") == 200
