"""What is refused before anything looks at a request: too long a head, too many of an address."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference import rates
from reference.observed import PROBES
from reference.problems import Problem
from reference.rates import Rates

# What the usual proxies let through as well.
MAX_URL_BYTES = 8_192
MAX_HEADER_BYTES = 16_384
_CLOSE = {"Connection": "close"}


class Guard:
    """ASGI: the application behind these checks. Raises Problem: 414, 431, 429."""

    def __init__(self, app: ASGIApp, limits: Rates) -> None:
        self._app = app
        self._rates = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in rates.headers(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        _check_size(scope)
        if scope["path"] not in PROBES:
            await self._rates.check_address(scope)
        await self._app(scope, receive, told)


def _check_size(scope: Scope) -> None:
    url = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if url > MAX_URL_BYTES:
        raise Problem(414, f"The URL is longer than {MAX_URL_BYTES} bytes. Send less.", _CLOSE)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        detail = f"The headers are larger than {MAX_HEADER_BYTES} bytes. Send less."
        raise Problem(431, detail, _CLOSE)
