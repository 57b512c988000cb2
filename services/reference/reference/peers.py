"""The other services, as one caller meets them: typed answers, asked for with a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec

from reference import addresses
from reference.dependencies import Dependencies
from reference.dependency_errors import DependencyError, RefusedError

if TYPE_CHECKING:
    import httpx

    from reference.operations import Call
    from reference.service import Service

T = TypeVar("T")
Headers = Callable[[], Awaitable[Mapping[str, str]]]


class Peers:
    """Calls in somebody's name. Each method raises DependencyError.

    kind: the type of the answer. key: makes a POST safe to repeat, so that it is tried again.
    refused: what to do when a token of one's own is refused, so that there is another.
    """

    def __init__(
        self, dependencies: Dependencies, headers: Headers, refused: Callable[[], None] | None
    ) -> None:
        self._dependencies = dependencies
        self._headers = headers
        self._refused = refused

    async def get(self, name: str, path: str, kind: type[T], **query: object) -> T:
        """What is there."""
        text = urlencode({key: str(value) for key, value in query.items() if value is not None})
        return await self._call(name, "GET", f"{path}?{text}" if text else path, kind)

    async def post(
        self, name: str, path: str, kind: type[T], body: object = None, *, key: str | None = None
    ) -> T:
        """Have something done."""
        return await self._call(name, "POST", path, kind, body, key)

    async def put(self, name: str, path: str, kind: type[T], body: object) -> T:
        """Put something in its place."""
        return await self._call(name, "PUT", path, kind, body)

    async def delete(self, name: str, path: str, kind: type[T]) -> T:
        """Have something removed."""
        return await self._call(name, "DELETE", path, kind)

    async def _call(
        self,
        name: str,
        method: str,
        path: str,
        kind: type[T],
        body: object = None,
        key: str | None = None,
    ) -> T:
        headers = {}
        content = None
        if body is not None:
            content = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            answer = await self._signed_in(name, method, path, content, headers)
        except RefusedError as e:
            if e.status == 403 and self._refused is not None:
                # What this service itself may not do, no caller can fix.
                raise DependencyError(name, str(e).removeprefix(f"{name}: "), 403) from e
            raise
        try:
            return msgspec.json.decode(answer.content or b"null", type=kind)
        except msgspec.MsgspecError as e:
            msg = f"answered what is not understood here ({e})"
            raise DependencyError(name, msg, 500) from e

    async def _signed_in(
        self, name: str, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        """The answer; by another token of one's own where the first is refused.

        Its key may have been withdrawn. Who refuses a token has done nothing yet.
        """
        call, sent = self._dependencies.call, {**headers, **await self._headers()}
        try:
            return await call(name, method, path, content=content, headers=sent)
        except RefusedError as e:
            if e.status != 401 or self._refused is None:
                raise
            self._refused()
        sent |= await self._headers()
        return await call(name, method, path, content=content, headers=sent)


def as_caller(call: Call) -> Peers:
    """The others, called in the name of who calls this one, and counted as their requests."""
    request = call.request
    headers = {}
    if authorization := request.headers.get("authorization"):
        headers["Authorization"] = authorization
    # Not what the request says, which may be its sender's invention. None: another service calls.
    if address := addresses.client(request.scope, call.service.settings.limits.trusted):
        headers["X-Forwarded-For"] = str(address)

    async def given() -> Mapping[str, str]:
        return headers

    return Peers(call.service.dependencies, given, None)


def as_itself(service: Service) -> Peers:
    """The others, called in this service's own name."""

    async def given() -> Mapping[str, str]:
        return {"Authorization": f"Bearer {await service.own_token.get()}"}

    return Peers(service.dependencies, given, service.own_token.forget)
