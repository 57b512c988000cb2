"""The Kubernetes API over HTTPS: plain JSON, so that its clients stay small.

The generated clients take 70 MB of memory for a hundred kinds that nobody here uses.

    ApiError            any answer that is not a success
      NotFoundError          404
      ConflictError          409, and 422 for a precondition that no longer holds
      ExpiredError           410, a watch whose resource version is too old
    UnreachableError      no answer: refused, timed out, interrupted
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

import aiohttp

from sandbox.apiclient.kubeconfig import Cluster

Object: TypeAlias = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"

_REQUEST_SECONDS = 20.0
# The server ends a watch after the first; a silent one is dropped after the second.
# Bookmarks come about once a minute, so a quiet but live watch is heard in between.
_WATCH_SECONDS = 240
_SILENCE_SECONDS = 90.0


class UnreachableError(Exception):
    """The API server did not answer."""


class ApiError(Exception):
    """The API server answered, and refused.

    `status` is the HTTP status, `reason` its word (`Forbidden`), `message` its sentence.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message


class NotFoundError(ApiError):
    """There is no such object."""


class ConflictError(ApiError):
    """The object is there already, has changed, or is another one of the same name."""


class ExpiredError(ApiError):
    """The resource version is too old to watch from."""


_ERRORS: Mapping[int, type[ApiError]] = {404: NotFoundError, 409: ConflictError, 410: ExpiredError}


class Api:
    """One API server."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        headers = {"Accept": "application/json", "User-Agent": "fieldday-sandbox"}
        if cluster.token:
            headers["Authorization"] = f"Bearer {cluster.token}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(ssl=cluster.tls, limit=32),
            # A watch's event is one line, as long as the largest object (etcd's limit: 1.5 MB).
            read_bufsize=2**18,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def get(self, path: str, **query: str) -> Object:
        """Read an object or a list."""
        return await self._request("GET", path, query=query)

    async def create(self, path: str, body: Object) -> Object:
        """Create an object in the collection `path`."""
        return await self._request("POST", path, body=body)

    async def patch(self, path: str, body: Object, kind: str = STRATEGIC) -> Object:
        """Change parts of an object."""
        return await self._request("PATCH", path, body=body, content_type=kind)

    async def delete(self, path: str, body: Object) -> Object:
        """Delete an object; `body` has the DeleteOptions."""
        return await self._request("DELETE", path, body=body)

    async def watch(self, path: str, version: str, **query: str) -> AsyncIterator[Object]:
        """The events of a collection since `version`, until the server ends the watch.

        Raises ExpiredError, ApiError, UnreachableError.
        """
        query |= {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        timeout = aiohttp.ClientTimeout(sock_connect=5, sock_read=_SILENCE_SECONDS)
        try:
            async with self._session.get(self._url(path, query), timeout=timeout) as answer:
                if answer.status != 200:
                    raise _error(answer.status, await answer.read())
                pending = bytearray()
                async for chunk in answer.content.iter_any():
                    pending += chunk
                    *lines, rest = pending.split(b"\n")
                    pending = rest
                    for line in lines:
                        event: Object = json.loads(line)
                        if event["type"] == "ERROR":
                            raise _status_error(event["object"])
                        yield event
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError, OSError) as error:
            raise UnreachableError(_words(error)) from error

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        data = None if body is None else json.dumps(body).encode()
        try:
            async with self._session.request(
                method,
                self._url(path, query),
                data=data,
                headers={"Content-Type": content_type} if data is not None else None,
                timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS, sock_connect=5),
            ) as answer:
                content = await answer.read()
                if answer.status >= 400:
                    raise _error(answer.status, content)
                document: Object = json.loads(content)
                return document
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError, OSError) as error:
            raise UnreachableError(_words(error)) from error

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        return f"{self._cluster.server}{path}" + (f"?{urlencode(query)}" if query else "")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _error(status: int, content: bytes) -> ApiError:
    try:
        document = json.loads(content)
        if document.get("kind") == "Status":
            return _status_error(document)
    except (ValueError, AttributeError):
        pass
    text = content[:500].decode(errors="replace").strip()
    # 429 and 5xx without a Status come from a server that is starting or stopping.
    return _ERRORS.get(status, ApiError)(status, "Unknown", text or f"HTTP {status}")


def _status_error(document: Object) -> ApiError:
    status = int(document.get("code", 500))
    reason = str(document.get("reason", "Unknown"))
    return _ERRORS.get(status, ApiError)(status, reason, str(document.get("message", "")))


async def pause(seconds: float, event: asyncio.Event) -> bool:
    """Wait so long, or until the event; whether the event came."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
