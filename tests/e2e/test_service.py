"""What a user of any service meets, through the edge."""

from __future__ import annotations

import uuid

import httpx
import pytest


def test_it_says_who_it_is(client: httpx.Client, service: str) -> None:
    answer = client.get("/")
    assert answer.status_code == 200, answer.text
    assert answer.json()["service"] == service
    assert answer.json()["version"] == answer.headers["X-Version"]
    assert answer.headers["X-Track"] in ("stable", "candidate")


def test_a_record_is_kept_and_read_again(client: httpx.Client) -> None:
    name = f"e2e-{uuid.uuid4()}"
    made = client.post("/v1/records", json={"name": name, "data": {"water": "calm"}})
    assert made.status_code == 201, made.text
    path = made.headers["Location"]
    read = [client.get(path) for _ in range(2)]
    assert [answer.status_code for answer in read] == [200, 200]
    assert read[0].json() == made.json()
    assert read[1].json() == made.json()
    found = client.get("/v1/records", params={"name": name}).json()["records"]
    assert [record["id"] for record in found] == [made.json()["id"]]


def test_the_second_reading_comes_from_the_cache(client: httpx.Client) -> None:
    path = client.post("/v1/records", json={"name": "e2e"}).headers["Location"]
    assert client.get(path).headers["X-Cache"] == "miss"
    assert client.get(path).headers["X-Cache"] == "hit"


def test_its_dependencies_are_well(client: httpx.Client, pytestconfig: pytest.Config) -> None:
    installed = pytestconfig.getoption("--installed")
    params = {} if installed is None else {"among": installed}
    answer = client.get("/v1/dependencies", params=params)
    assert answer.status_code == 200, answer.text
    assert all(dependency["ok"] for dependency in answer.json()["dependencies"])


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    assert client.get(f"/v1/records/{uuid.uuid4()}").status_code == 404
    assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"name": ""}', 422),
        (b'{"name": "x", "more": 1}', 422),
        (b'{"name": "' + b"x" * 100_000 + b'"}', 413),
    ],
    ids=["empty", "unknown", "large"],
)
def test_bad_input_is_refused(client: httpx.Client, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/records", content=content, headers=headers)
    assert answer.status_code == status, answer.text


def test_a_request_keeps_its_id(client: httpx.Client) -> None:
    wanted = uuid.uuid4().hex
    answer = client.get("/", headers={"X-Request-Id": wanted})
    assert answer.headers["X-Request-Id"] == wanted
