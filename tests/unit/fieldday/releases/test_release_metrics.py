from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fieldday.errors import Permanent, Retryable
from fieldday.metrics.prometheus import Prometheus, Series, read
from fieldday.releases.metrics import Figures, Subject, measure, queries

CANDIDATE = Subject("api", "production", "candidate", "1.1.0")


def answer(*lines: tuple[dict[str, str], object]) -> str:
    result = [{"metric": labels, "value": [1.0, str(value)]} for labels, value in lines]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


def test_queries_name_the_subject_and_the_window() -> None:
    asked = queries(CANDIDATE, 12.4, 0.5)
    assert 'service="api",namespace="production",track="candidate",version="1.1.0"' in asked["p95"]
    assert "offset 12s" in asked["requests"]
    assert 'le="0.5"' in asked["slow"]
    assert "fieldday-api-candidate-[a-z0-9]+-[a-z0-9]+" in asked["restarts"]
    stable = Subject("api", "production", "stable", "1.0.0")
    assert '"fieldday-api-[a-z0-9]+-[a-z0-9]+"' in queries(stable, 0, 0.5)["restarts"]
    assert "offset 1s" in queries(stable, 0, 0.5)["requests"]


async def test_measures_all_figures() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        query = httpx.QueryParams(request.content.decode())["query"]
        if query.startswith("sum by (status)"):
            text = answer(({"status": "200"}, 90), ({"status": "404"}, 5), ({"status": "503"}, 5))
        elif query.startswith("histogram_quantile"):
            text = answer(({}, 0.2))
        elif "restarts" in query:
            text = answer()
        else:
            text = answer(({}, 7))
        return httpx.Response(200, text=text)

    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
        found = await measure(
            Prometheus("http://metrics"), client, CANDIDATE, seconds=10, limit=0.5
        )
    assert found == Figures(requests=100, errors=5, p95_seconds=0.2, slow=7, restarts=0)
    assert found.error_rate == 0.05
    assert found.to_dict()["slow"] == 7


async def test_an_endpoint_that_is_away_may_come_back() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
        with pytest.raises(Retryable, match=r"http://metrics: is unreachable \(ConnectError"):
            await Prometheus("http://metrics").query(client, "up")


def test_what_is_not_a_number_is_left_out() -> None:
    text = answer(({"a": "1"}, 2), ({"a": "2"}, "NaN"), ({"a": "3"}, "+Inf"))
    assert read(200, text, "u") == [Series({"a": "1"}, 2.0)]


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_query_is_permanent(status: int) -> None:
    with pytest.raises(Permanent, match="refuses the query"):
        read(status, "parse error", "http://metrics")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (503, "busy"),
        (200, "<html>"),
        (200, "{}"),
        (200, '{"data": {"result": [{"metric": {}}]}}'),
        (200, '{"data": {"result": [{"metric": {}, "value": [1, "x"]}]}}'),
        (200, '{"data": null}'),
    ],
)
def test_any_other_answer_may_get_better(status: int, text: Any) -> None:
    with pytest.raises(Retryable, match="Is it a Prometheus"):
        read(status, text, "http://metrics")


def test_no_requests_have_no_error_rate() -> None:
    assert Figures().error_rate == 0
