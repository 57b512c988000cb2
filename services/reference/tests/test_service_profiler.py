"""The profiler: for operators, one at a time, ending by itself, and costing nothing before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from patience import PATIENCE

from reference import services
from reference.app import application
from reference.faults import Faults
from reference.profiler import BusyError, Profiler
from reference.service import assemble
from reference.settings import Settings

if TYPE_CHECKING:
    from conftest import Identity


async def work(seconds: float) -> None:
    """Keep the event loop busy by a function that a profile can show."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        _recognizable()
        await asyncio.sleep(0)


def _recognizable() -> int:
    return sum(n * n for n in range(2_000))


@pytest.fixture
async def client(identity: Identity) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings("api", "1.4.2", "postgresql://nowhere/d", pod="api-1")
    service = replace(assemble(settings, Faults()), verifier=identity.verifier)
    transport = httpx.ASGITransport(application(service, services.load("api")))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as made:
        yield made
    await service.close()


async def _finished(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    while True:
        await work(0.2)
        answer = await client.get("/v1/profiler", headers=headers)
        if answer.status_code == 200:
            return answer


async def test_an_operator_profiles_a_pod(client: httpx.AsyncClient, identity: Identity) -> None:
    headers = identity.operator()
    assert (await client.get("/v1/profiler", headers=headers)).status_code == 404
    started = await client.put("/v1/profiler", json={"seconds": 1}, headers=headers)
    assert (started.status_code, started.json()) == (202, {"pod": "api-1", "seconds": 1})
    again = await client.put("/v1/profiler", json={"seconds": 1}, headers=headers)
    assert again.status_code == 409
    assert again.headers["retry-after"] == "1"
    async with asyncio.timeout(20 * PATIENCE):
        text = await _finished(client, headers)
    assert "_recognizable" in text.text
    assert "api 1.4.2 (stable) api-1" in text.text
    assert text.headers["content-type"].startswith("text/plain")
    page = await client.get("/v1/profiler?as=html", headers=headers)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-disposition"].startswith("attachment")
    drawn = (await client.get("/v1/profiler?as=speedscope", headers=headers)).json()
    names = {frame["name"] for frame in drawn["shared"]["frames"]}
    assert "_recognizable" in names
    assert drawn["$schema"].startswith("https://www.speedscope.app")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_it_is_for_operators_only(
    client: httpx.AsyncClient, identity: Identity, method: str
) -> None:
    body = {"seconds": 1} if method == "PUT" else None
    for headers, status in (({}, 401), (identity.user(), 403), (identity.service(), 403)):
        answer = await client.request(method, "/v1/profiler", json=body, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("seconds", [0, 121, -1, 1.5, "1", None])
async def test_it_runs_from_one_second_to_two_minutes(
    client: httpx.AsyncClient, identity: Identity, seconds: object
) -> None:
    answer = await client.put(
        "/v1/profiler", json={"seconds": seconds}, headers=identity.operator()
    )
    assert answer.status_code == 422


async def test_what_is_not_a_form_is_refused(client: httpx.AsyncClient, identity: Identity) -> None:
    answer = await client.get("/v1/profiler?as=pdf", headers=identity.operator())
    assert answer.status_code == 422


async def test_of_two_that_start_at_once_one_does() -> None:
    profiler = Profiler()
    outcomes = await asyncio.gather(
        *(profiler.start(60, "test") for _ in range(5)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, BusyError) for outcome in outcomes) == 4
    profiler.stop()
    assert not profiler.is_running
    text = await profiler.last("text")
    assert text is not None
    json.loads(await profiler.last("speedscope") or "")
    assert sys.getprofile() is None


def test_its_library_is_loaded_only_when_asked_for() -> None:
    program = "import sys; from reference import server; print('pyinstrument' in sys.modules)"
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
