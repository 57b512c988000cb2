"""Metrics endpoints and their credentials, as connections have them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fieldday.airflow import connections
from fieldday.errors import Permanent
from fieldday.metrics.auth import BearerAuth, SigV4Auth

SECRET = "hunter2-hunter2"


@pytest.fixture
def endpoint(connect: Any) -> Any:
    """Sets both connections alike."""

    def endpoint(**fields: Any) -> None:
        for name in ("prometheus_default", "pushgateway_default"):
            connect(name, **{"conn_type": "http", "host": "metrics", "port": 9090, **fields})

    return endpoint


async def both() -> tuple[Any, Any]:
    return await connections.prometheus(), connections.push_gateway()


def header(auth: httpx.Auth | None) -> str:
    assert auth is not None
    request = next(auth.sync_auth_flow(httpx.Request("POST", "http://x")))
    return request.headers["authorization"]


async def test_an_endpoint_without_credentials(endpoint: Any) -> None:
    endpoint(extra={"path": "/select/0/prometheus/"})
    for found in await both():
        assert (found.url, found.auth) == ("http://metrics:9090/select/0/prometheus", None)


async def test_login_and_password(endpoint: Any) -> None:
    endpoint(login="ann", password=SECRET)
    for found in await both():
        assert header(found.auth) == header(httpx.BasicAuth("ann", SECRET))
        assert SECRET not in repr(found)


async def test_a_token(endpoint: Any) -> None:
    endpoint(extra={"bearer_token": SECRET})
    for found in await both():
        assert isinstance(found.auth, BearerAuth)
        assert header(found.auth) == f"Bearer {SECRET}"
        assert SECRET not in repr(found)


async def test_a_login_in_the_address_leaves_it(endpoint: Any) -> None:
    endpoint(host=f"https://ann:{SECRET}@metrics", port=None)
    for found in await both():
        assert found.url == "https://metrics"
        assert header(found.auth) == header(httpx.BasicAuth("ann", SECRET))


async def test_amazon_managed_prometheus(endpoint: Any, connect: Any) -> None:
    connect("aws_default", conn_type="aws", login="AKIA1", password=SECRET)
    endpoint(host="https://aps-workspaces.eu-west-1.amazonaws.com", port=None)
    endpoint(extra={"aws_region": "eu-west-1", "path": "/workspaces/ws-1"})
    for found in await both():
        assert isinstance(found.auth, SigV4Auth)
        assert "Credential=AKIA1/" in header(found.auth)
        assert "/eu-west-1/aps/aws4_request" in header(found.auth)
        assert SECRET not in repr(found)


async def test_two_kinds_of_credentials_are_refused(endpoint: Any) -> None:
    endpoint(login="ann", password=SECRET, extra={"bearer_token": SECRET})
    with pytest.raises(Permanent, match="has several kinds of credentials") as e:
        await connections.prometheus()
    assert SECRET not in str(e.value)
