"""What HAProxy is told, so that it becomes as desired."""

from __future__ import annotations

import logging

import pytest

from sandbox.edge.configuration import POOL, ROUTES, SERVICES, SPLITS, STATE
from sandbox.edge.desired import Backend, Desired, Server, Split
from sandbox.edge.places import NOWHERE
from sandbox.edge.proxy import Proxy
from sandbox.edge.runtime import RefusedError
from tests.unit.sandbox.edge.haproxy_model import Haproxy, Place

STABLE, CANDIDATE = Backend("production", "api", 8080), Backend("production", "api-new", 8080)
POD = Server("127.18.7.2:8080", True)


@pytest.fixture
def haproxy() -> Haproxy:
    return Haproxy()


@pytest.fixture
def proxy(haproxy: Haproxy) -> Proxy:
    return Proxy(haproxy.runtime())


def wanted(weight: int = 10, **servers: Server) -> Desired:
    """A route that splits; `servers` are behind its first Service."""
    return Desired(
        servers={STABLE: servers, CANDIDATE: {}},
        splits={"production/api/0": Split(STABLE, CANDIDATE, weight)},
        paths={"api.example/": "production/api/0"},
        hosts={"api.production:8080": STABLE},
    )


def crowd(count: int, first: int = 0) -> Desired:
    """So many Services, each with a pod and a route."""
    backends = [Backend("crowd", f"s{n:03}", 80) for n in range(first, first + count)]
    return Desired(
        servers={b: {b.service: POD} for b in backends},
        splits={f"crowd/{b.service}/0": Split(b, b, 0) for b in backends},
        paths={f"{b.service}.example/": f"crowd/{b.service}/0" for b in backends},
        hosts={f"{b.service}.crowd": b for b in backends},
    )


async def test_it_becomes_as_desired(haproxy: Haproxy, proxy: Proxy) -> None:
    assert not await proxy.follow(wanted(a=POD, b=Server("127.18.7.3:8080", False)))
    assert haproxy.servers() == {
        "be000": {"a": Place("127.18.7.2:8080", "ready"), "b": Place("127.18.7.3:8080", "drain")}
    }
    assert haproxy.maps[ROUTES] == {"api.example/": "r0"}
    assert haproxy.maps[SPLITS] == {"r0": "be000|be001|10"}
    assert haproxy.maps[SERVICES] == {"api.production:8080": "be000"}


async def test_it_is_synced_once_all_else_is_there(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    assert haproxy.commands[-1] == f"add map {STATE} synced yes"
    servers = [i for i, command in enumerate(haproxy.commands) if " server " in command]
    maps = [i for i, command in enumerate(haproxy.commands) if " map " in command]
    assert max(servers) < min(maps)


async def test_what_is_so_already_is_not_said_again(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    haproxy.commands.clear()
    await proxy.follow(wanted(a=POD))
    assert haproxy.commands == []


async def test_a_weight_changes_in_one_step(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    haproxy.commands.clear()
    await proxy.follow(wanted(25, a=POD))
    assert haproxy.commands == [f"set map {SPLITS} r0 be000|be001|25"]


async def test_a_pod_that_is_not_ready_gets_no_new_requests(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    await proxy.follow(wanted(a=Server(POD.address, False)))
    assert haproxy.pool["be000"]["a"].state == "drain"
    await proxy.follow(wanted(a=POD))
    assert haproxy.pool["be000"]["a"].state == "ready"


async def test_a_pod_that_is_gone_stays_until_its_requests_have_ended(
    haproxy: Haproxy, proxy: Proxy
) -> None:
    await proxy.follow(wanted(a=POD))
    haproxy.busy.add("a")
    assert await proxy.follow(wanted())
    assert haproxy.pool["be000"]["a"].state == "maint"
    assert await proxy.follow(wanted())
    haproxy.busy.clear()
    assert not await proxy.follow(wanted())
    assert haproxy.servers() == {}


async def test_a_pod_that_comes_back_before_it_has_left(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    haproxy.busy.add("a")
    await proxy.follow(wanted())
    assert not await proxy.follow(wanted(a=POD))
    assert haproxy.pool["be000"]["a"] == Place(POD.address, "ready")


async def test_a_route_that_is_gone_is_forgotten(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    await proxy.follow(Desired(servers={STABLE: {"a": POD}, CANDIDATE: {}}))
    assert haproxy.maps[ROUTES] == haproxy.maps[SPLITS] == haproxy.maps[SERVICES] == {}
    assert haproxy.maps[STATE] == {"synced": "yes"}


async def test_a_service_that_is_not_there_is_nowhere(haproxy: Haproxy, proxy: Proxy) -> None:
    found = wanted(a=POD)
    del found.servers[CANDIDATE]
    await proxy.follow(found)
    assert haproxy.maps[SPLITS] == {"r0": f"be000|{NOWHERE}|10"}


async def test_a_place_is_used_again(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(crowd(POOL))
    assert not await proxy.follow(crowd(POOL // 2))
    assert not await proxy.follow(crowd(POOL // 2, first=POOL))
    assert proxy.unplaced == frozenset()
    assert len(haproxy.servers()) == POOL // 2
    assert {tuple(servers) for servers in haproxy.servers().values()} == {
        (f"s{n:03}",) for n in range(POOL, POOL + POOL // 2)
    }


async def test_a_place_is_not_used_again_while_a_request_is_there(
    haproxy: Haproxy, proxy: Proxy
) -> None:
    await proxy.follow(crowd(POOL))
    haproxy.busy.add("s000")
    # s000 goes and another comes.
    assert await proxy.follow(crowd(POOL, first=1))
    assert proxy.unplaced == {Backend("crowd", f"s{POOL}", 80)}
    haproxy.busy.clear()
    assert await proxy.follow(crowd(POOL, first=1))
    assert not await proxy.follow(crowd(POOL, first=1))
    assert proxy.unplaced == frozenset()


async def test_a_full_pool_serves_those_that_it_has(
    haproxy: Haproxy, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    await proxy.follow(crowd(POOL))
    before = haproxy.pool.copy()
    assert not await proxy.follow(crowd(POOL + 1))
    assert not await proxy.follow(crowd(POOL + 1))
    assert haproxy.pool == before
    assert proxy.unplaced == {Backend("crowd", f"s{POOL}", 80)}
    # Its route is there, and answers 503 rather than "no route".
    route = haproxy.maps[ROUTES][f"s{POOL}.example/"]
    assert haproxy.maps[SPLITS][route] == f"{NOWHERE}|{NOWHERE}|0"
    assert haproxy.maps[SERVICES][f"s{POOL}.crowd"] == NOWHERE
    (said,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert f"no place for crowd/s{POOL}:80: all {POOL} are taken" in said.getMessage()


async def test_whoever_waits_for_a_place_takes_the_next(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(crowd(POOL + 1))
    assert await proxy.follow(crowd(POOL, first=1)), "a place became free: another go is needed"
    assert not await proxy.follow(crowd(POOL, first=1))
    assert proxy.unplaced == frozenset()
    assert haproxy.maps[SPLITS][haproxy.maps[ROUTES][f"s{POOL}.example/"]] == "be000|be000|0"
    assert haproxy.servers()["be000"] == {f"s{POOL}": Place(POD.address, "ready")}


@pytest.mark.parametrize("path", ["a;b", "a'b", "a&b=(c)", "a%20b", "$a"])
async def test_a_path_is_one_word(path: str, haproxy: Haproxy, proxy: Proxy) -> None:
    found = wanted()
    found.paths = {f"api.example/{path}/": "production/api/0"}
    await proxy.follow(found)
    assert haproxy.maps[ROUTES] == {f"api.example/{path}/": "r0"}
    await proxy.follow(Desired())
    assert haproxy.maps[ROUTES] == {}


@pytest.mark.parametrize("name", [ROUTES, SPLITS])
async def test_what_haproxy_refuses_is_not_taken_for_done(
    name: str, haproxy: Haproxy, proxy: Proxy
) -> None:
    await proxy.follow(wanted(a=POD))
    # As if somebody else had been at it.
    haproxy.maps[name].clear()
    with pytest.raises(RefusedError, match="map"):
        await proxy.follow(Desired())


async def test_a_server_that_cannot_be_deleted_is_said(haproxy: Haproxy, proxy: Proxy) -> None:
    await proxy.follow(wanted(a=POD))
    haproxy.busy.add("a")
    await proxy.follow(wanted())
    del haproxy.pool["be000"]["a"]
    with pytest.raises(RefusedError, match="No such server"):
        await proxy.follow(wanted())


async def test_a_new_start_makes_the_same_of_whatever_came_before() -> None:
    """Whoever was refused something ends; the next begins with an empty HAProxy."""
    old, new = Haproxy(), Haproxy()
    proxy = Proxy(old.runtime())
    await proxy.follow(wanted(a=POD))
    old.maps[SPLITS].clear()
    with pytest.raises(RefusedError):
        await proxy.follow(wanted(50, a=POD))
    await Proxy(new.runtime()).follow(wanted(50, a=POD))
    assert new.maps[SPLITS] == {"r0": "be000|be001|50"}
    assert new.maps[STATE] == {"synced": "yes"}
    assert new.servers() == {"be000": {"a": Place(POD.address, "ready")}}
