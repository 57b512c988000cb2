"""The kubelet API, over TLS: logs, metrics, `kubectl top`."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.node import metrics, metrics_api
from sandbox.node.context import Tools
from sandbox.node.log_requests import serve_logs
from sandbox.node.pods import Pods
from sandbox.node.registration import Registration
from sandbox.node.settings import KUBELET_PORT, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SHUTDOWN_SECONDS = 1.0
# Whoever may scrape a machine's loopback may read what its process table shows anyway.
_OPEN = frozenset({"/healthz", "/metrics"})


class Server:
    """Listens on the node's own address."""

    def __init__(
        self, settings: Settings, pods: Pods, tools: Tools, registration: Registration
    ) -> None:
        self._settings = settings
        self._pods = pods
        self._tools = tools
        self._registration = registration
        application = web.Application(middlewares=[self._guard])
        add = application.router.add_route
        add("GET", "/healthz", self._health)
        add("GET", "/metrics", self._metrics)
        add("GET", "/containerLogs/{namespace}/{pod}/{container}", self._logs)
        for path in ("exec", "attach", "portForward", "run"):
            add("*", f"/{path}/{{rest:.*}}", _unsupported)
        metrics_api.add_routes(application, pods, tools)
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )

    async def start(self) -> None:
        """Listen.

        Raises OSError: the address is taken, or a certificate cannot be read.
        """
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._settings.tls_cert, self._settings.tls_key)
        tls.load_verify_locations(self._settings.client_ca)
        # Optional in the handshake, since two paths are open; `_guard` asks for it elsewhere.
        tls.verify_mode = ssl.CERT_OPTIONAL
        await self._runner.setup()
        await web.TCPSite(
            self._runner, self._settings.wire_ip, KUBELET_PORT, ssl_context=tls
        ).start()

    async def close(self) -> None:
        """Close the connections."""
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in _OPEN or _client(request) in self._settings.client_names:
            return await handler(request)
        message = "the node answers the API server only, by its client certificate"
        return web.Response(status=401, text=f"Unauthorized: {message}\n")

    async def _health(self, _: web.Request) -> web.Response:
        if self._registration.registered.is_set():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="the node is not registered yet\n")

    async def _metrics(self, _: web.Request) -> web.Response:
        body, content_type = metrics.text(self._pods, self._tools)
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        return await serve_logs(request, self._pods, self._tools.logs)


def _client(request: web.Request) -> str | None:
    """The common name of the client's certificate, which the handshake has verified."""
    connection = request.transport.get_extra_info("ssl_object") if request.transport else None
    certificate = connection.getpeercert() if connection else None
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return None


async def _unsupported(request: web.Request) -> web.Response:
    what = request.path.split("/")[1]
    message = (
        f"{what}: not supported by the sandbox's node. A pod's container is a process of this "
        "machine: look at it there, or use kubectl logs.\n"
    )
    return web.Response(status=501, text=message)
