"""What the cluster's objects ask of the edge."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.edge.desired import Backend, Server, Split, desired, path_key

STABLE, CANDIDATE = Backend("production", "api", 8080), Backend("production", "api-new", 8080)


def service(name: str, port: int = 8080) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "production", "name": name},
        "spec": {"ports": [{"name": "http", "port": port}]},
    }


def piece(name: str, **ready: bool | None) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": "production",
            "name": f"{name}-x",
            "labels": {"kubernetes.io/service-name": name},
        },
        "ports": [{"name": "http", "port": 9090}, {"name": "other", "port": 1}],
        "endpoints": [
            {
                "addresses": [f"198.18.7.{number}"],
                "conditions": {"ready": is_ready},
                "targetRef": {"name": pod},
            }
            for number, (pod, is_ready) in enumerate(ready.items(), start=2)
        ],
    }


def route(
    name: str = "api", weights: tuple[int, ...] = (90, 10), created: str = "2026-01-01", **rule: Any
) -> dict[str, Any]:
    refs = [
        {"name": backend, "port": 8080, "weight": weight}
        for backend, weight in zip(("api", "api-new", "third"), weights, strict=False)
    ]
    return {
        "metadata": {"namespace": "production", "name": name, "creationTimestamp": created},
        "spec": {"hostnames": ["API.example"], "rules": [{"backendRefs": refs, **rule}]},
    }


SERVICES = [service("api"), service("api-new")]


def test_a_route_splits_between_two_services() -> None:
    found = desired([route()], SERVICES, [piece("api", a=True, b=False, c=None)])
    assert found.splits == {"production/api/0": Split(STABLE, CANDIDATE, 10)}
    assert found.paths == {"api.example/": "production/api/0"}
    assert found.servers[STABLE] == {
        "a_127.18.7.2_9090": Server("127.18.7.2:9090", True),
        "b_127.18.7.3_9090": Server("127.18.7.3:9090", False),
        # Unknown counts as ready.
        "c_127.18.7.4_9090": Server("127.18.7.4:9090", True),
    }
    assert found.servers[CANDIDATE] == {}
    assert all(c.status for c in found.conditions["production", "api"])


def test_a_pod_made_anew_under_its_name_is_another_server() -> None:
    before, after = piece("api", a=True), piece("api", a=True)
    after["endpoints"][0]["addresses"] = ["198.18.7.9"]
    servers = [desired([], SERVICES, [found]).servers[STABLE] for found in (before, after)]
    assert not servers[0].keys() & servers[1].keys()


@pytest.mark.parametrize(
    ("weights", "second"), [((100, 0), 0), ((0, 100), 100), ((1, 1), 50), ((2, 1), 33), ((5,), 0)]
)
def test_weights_are_shares(weights: tuple[int, ...], second: int) -> None:
    split = desired([route(weights=weights)], SERVICES, []).splits["production/api/0"]
    assert split.weight == second


def test_the_older_of_two_routes_has_the_host() -> None:
    found = desired([route("new", created="2026-02-01"), route("old")], SERVICES, [])
    assert found.paths == {"api.example/": "production/old/0"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"filters": [{"type": "RequestRedirect"}]}, "rules[0]: filters: not supported"),
        ({"timeouts": {"request": "1s"}}, "rules[0]: timeouts: not supported"),
        (
            {"backendRefs": [{"name": "api", "port": 8080, "filters": [{}]}]},
            "backendRefs.filters: not supported",
        ),
        ({"matches": [{"headers": []}]}, "matches by headers: not supported"),
        ({"matches": [{"path": {"type": "Exact", "value": "/x"}}]}, "only PathPrefix"),
        ({"backendRefs": [{"name": "x", "kind": "Bucket"}]}, "Bucket is not supported"),
        ({"backendRefs": [{"name": str(n), "port": 1} for n in range(3)]}, "3 backendRefs"),
    ],
)
def test_what_the_edge_cannot_do_is_refused(rule: dict[str, Any], said: str) -> None:
    found = desired([route(**rule)], SERVICES, [])
    accepted = found.conditions["production", "api"][0]
    assert not accepted.status
    assert said in accepted.message
    assert found.paths == {}


def test_a_service_that_is_not_there_is_said() -> None:
    resolved = desired([route()], SERVICES[:1], []).conditions["production", "api"][1]
    assert not resolved.status
    assert resolved.message == "There is no Service api-new with port 8080."


@pytest.mark.parametrize("weights", [(0, 0), ()])
def test_no_weight_at_all_is_said(weights: tuple[int, ...]) -> None:
    found = desired([route(weights=weights)], SERVICES, [])
    resolved = found.conditions["production", "api"][1]
    assert (resolved.status, resolved.message) == (False, "rules[0]: no backend has a weight.")
    # Its users are answered by an error, and not told that there is no such route.
    assert found.paths == {"api.example/": "production/api/0"}
    split = found.splits["production/api/0"]
    assert not {split.first, split.second} & found.servers.keys()


@pytest.mark.parametrize("hostnames", [None, [], ["*.example"], ["a.example", "*.example"]])
def test_a_route_without_a_name_of_a_host_is_refused(hostnames: list[str] | None) -> None:
    asked = route()
    asked["spec"]["hostnames"] = hostnames
    found = desired([asked], SERVICES, [])
    accepted = found.conditions["production", "api"][0]
    assert (accepted.status, accepted.reason) == (False, "UnsupportedValue")
    assert accepted.message.startswith("hostnames: ")
    assert found.paths == {}


def test_pods_say_services_in_three_ways() -> None:
    hosts = desired([], [service("api", 80)], []).hosts
    names = ("api.production", "api.production.svc", "api.production.svc.cluster.local")
    assert set(hosts) == {*names, *(f"{name}:80" for name in names)}


def test_addresses_that_are_no_pods_are_left_out() -> None:
    foreign = piece("api", a=True)
    foreign["endpoints"][0]["addresses"] = ["10.0.0.1"]
    assert desired([], SERVICES, [foreign]).servers[STABLE] == {}


@pytest.mark.parametrize(
    ("prefix", "key"), [("/", "h/"), ("/v1", "h/v1/"), ("/v1/", "h/v1/"), ("", "h/")]
)
def test_prefixes_match_by_element(prefix: str, key: str) -> None:
    assert path_key("H", prefix) == key


def test_older_services_come_first() -> None:
    services = [service("young"), service("old"), service("older")]
    for item, created in zip(services, ("2026-03-01", "2026-02-01", "2026-01-01"), strict=True):
        item["metadata"]["creationTimestamp"] = created
    assert [b.service for b in desired([], services, []).servers] == ["older", "old", "young"]
