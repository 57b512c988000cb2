"""A small edge for tests: sends a request to the service that its Host header names.

python edge.py PORT api=http://127.0.0.1:8001 auth=http://127.0.0.1:8002 ...
"""

from __future__ import annotations

import sys

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


def application(urls: dict[str, str]) -> Starlette:
    """The edge before the services at these URLs."""
    client = httpx.AsyncClient(trust_env=False, timeout=300)

    async def forward(request: Request) -> Response:
        service = request.headers.get("host", "").partition(".")[0]
        if service not in urls:
            return Response("no such service\n", 404)
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP]
        headers.append(("x-forwarded-for", request.client.host if request.client else ""))
        url = httpx.URL(urls[service]).copy_with(
            raw_path=request.scope["raw_path"] + b"?" + request.scope["query_string"]
        )
        answer = await client.request(
            request.method, url, headers=headers, content=await request.body()
        )
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
        return Response(answer.content, answer.status_code, kept)

    return Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)])


if __name__ == "__main__":
    uvicorn.run(
        application(dict(pair.split("=", 1) for pair in sys.argv[2:])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
    )
