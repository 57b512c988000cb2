"""What the edge says of routes in their status, and how it answers for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.edge.configuration import POOL
from tests.sandbox.edge.site import Site

pytestmark = pytest.mark.sandbox

Eventually = Callable[..., None]


def test_a_good_route_is_accepted(site: Site, eventually: Eventually) -> None:
    eventually(lambda: site.reason("ResolvedRefs") == "ResolvedRefs")
    found = site.conditions()
    assert {kind: c["status"] for kind, c in found.items()} == {
        "Accepted": "True",
        "ResolvedRefs": "True",
    }
    assert site.ask().headers["X-Version"] == "stable"
    unknown = site.ask("nobody.example")
    assert (unknown.status_code, unknown.text) == (404, "no route")


def test_a_filter_is_refused_by_name(site: Site) -> None:
    header = {"set": [{"name": "X-Test", "value": "1"}]}
    modifier = {"type": "RequestHeaderModifier", "requestHeaderModifier": header}
    site.route(100, 0, "refused", filters=[modifier])
    accepted = site.await_status("refused")["Accepted"]
    assert (accepted["status"], accepted["reason"]) == ("False", "UnsupportedValue")
    assert accepted["message"].startswith("rules[0]: filters: not supported")


def test_a_service_that_is_not_there_is_said_and_answered_with_503(
    site: Site, eventually: Eventually
) -> None:
    site.route(100, 0, "broken", backendRefs=[{"name": "absent", "port": 8080}])
    resolved = site.await_status("broken")["ResolvedRefs"]
    assert (resolved["status"], resolved["reason"]) == ("False", "BackendNotFound")
    assert resolved["message"] == "There is no Service absent with port 8080."
    host = f"broken.{site.host}"
    assert site.ask(host).status_code == 503
    # It comes, and the route works without having been touched.
    site.deploy("absent")
    site.cluster.ready("absent")
    eventually(lambda: site.ask(host).status_code == 200)
    eventually(lambda: site.reason("ResolvedRefs", "broken") == "ResolvedRefs")


def test_more_ports_than_places(site: Site, eventually: Eventually) -> None:
    site.cluster.apply(site.service("crowd", *range(1, POOL + 1)))
    site.deploy("late")
    site.cluster.ready("late")
    site.route(100, 0, "late", backendRefs=[{"name": "late", "port": 8080}])
    # The edge may see the route before it sees the Service.
    eventually(lambda: site.reason("ResolvedRefs", "late") == "NoPlaceLeft")
    resolved = site.conditions("late")["ResolvedRefs"]
    assert resolved["status"] == "False"
    assert f"{POOL} ports of Services" in resolved["message"]
    host = f"late.{site.host}"
    assert site.ask(host).status_code == 503
    assert site.ask().status_code == 200, "who has a place keeps it"

    site.cluster.run("delete", "service", "crowd")
    eventually(lambda: site.ask(host).status_code == 200)
    eventually(lambda: site.reason("ResolvedRefs", "late") == "ResolvedRefs")
