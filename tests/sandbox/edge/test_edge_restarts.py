"""The edge is killed, or led astray: it comes back by itself, with all routes and weights."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sandbox.demo.traffic import Traffic
from sandbox.edge.configuration import ROUTES, SOCKET
from sandbox.edge.runtime import Runtime
from tests.patience import PATIENCE
from tests.sandbox.edge.site import Edge, Site, half_writes

pytestmark = pytest.mark.sandbox

Eventually = Callable[..., None]


@pytest.mark.parametrize("victim", ["haproxy", "python"])
def test_a_killed_edge_comes_back_with_routes_and_weights(
    site: Site, edge: Edge, eventually: Eventually, victim: str
) -> None:
    site.weigh(30)
    site.await_status()
    before = edge.python().pid
    with Traffic(str(site.client.base_url), site.host, 200, half_writes) as traffic:
        {"haproxy": edge.haproxy, "python": edge.python}[victim]().kill()
        edge.await_ready(other_than=before)
        back = traffic.sent
        eventually(lambda: len(traffic.answers) > back + 200)
    met = Counter(answer.status for answer in traffic.answers)
    print(f"statuses while it was away (0: no connection): {dict(met)}")
    # Never "no route" for a route that is there.
    assert set(met) <= {0, 200, 503}
    assert met[200] >= 200
    assert site.count(200) == {"stable": 140, "candidate": 60}


def test_it_is_ready_only_once_its_routes_are_there(site: Site, edge: Edge) -> None:
    before = edge.python()
    before.kill()
    before.wait(10 * PATIENCE)
    promises, deadline = 0, time.monotonic() + 30
    while promises < 20:
        assert time.monotonic() < deadline
        is_ready = edge.is_ready()
        try:
            status = site.ask().status_code
        except httpx.TransportError:
            # Not yet, or not any more: right either way.
            continue
        assert status in ((200,) if is_ready else (200, 503))
        promises += is_ready


def test_what_was_changed_behind_its_back_is_mended(
    site: Site,
    edge: Edge,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A socket's path may be too long otherwise.
    monkeypatch.chdir(edge.folder)
    asyncio.run(Runtime(Path(SOCKET)).do(f"del map {ROUTES} {site.host}/"))
    assert site.ask().status_code == 404
    before = edge.python().pid
    # HAProxy refuses to take away what is not there, and both start anew.
    site.cluster.run("delete", "httproute", "site")
    edge.await_ready(other_than=before)
    site.route(100, 0)
    eventually(lambda: site.ask().status_code == 200)
