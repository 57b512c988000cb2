"""Credentials of metrics endpoints, as httpx takes them. None is in a repr, an error or a log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx

# Amazon Managed Service for Prometheus.
_SERVICE = "aps"


class BearerAuth(httpx.Auth):
    """A bearer token (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to the request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class SigV4Auth(httpx.Auth):
    """AWS's signature, version 4, for Amazon Managed Prometheus in `region`.

    `credentials` are botocore's, and refreshed by it where they are temporary.
    """

    def __init__(self, credentials: Any, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        request.read()
        self._sign(request)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, in a thread: botocore may ask for new credentials first."""
        await request.aread()
        await asyncio.to_thread(self._sign, request)
        yield request

    def _sign(self, request: httpx.Request) -> None:
        # Imported here: DAG files import this module, and botocore takes its time.
        from fieldday.aws import signed_headers

        headers = signed_headers(
            self._credentials,
            self._region,
            _SERVICE,
            method=request.method,
            url=str(request.url),
            content_type=request.headers.get("Content-Type"),
            body=request.content,
        )
        request.headers.update(headers)
