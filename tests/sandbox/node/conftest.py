"""What the node's tests share: an image of a small server, and the node's own process."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from sandbox.parts.context import Context
from tests.sandbox.cluster import push_image

_PROGRAM = '''\
"""A small HTTP server: answers on $POD_IP:8080, says "bye" on SIGTERM."""
import os, signal, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ready = os.environ.get("NEVER_READY") != "1" or self.path != "/readyz"
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(os.environ["POD_NAME"].encode())

    def log_message(self, *_):
        if self.path.startswith("/say/"):
            print(self.path[5:], flush=True)


server = ThreadingHTTPServer((os.environ["POD_IP"], 8080), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("up", flush=True)
server.serve_forever()
print("bye", flush=True)
'''


@pytest.fixture(scope="session")
def image(sandbox: Context, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with the small server, in the sandbox's registry."""
    return push_image(sandbox, tmp_path_factory.mktemp("image"), _PROGRAM)


@pytest.fixture
def node_process(sandbox: Context) -> Callable[[], psutil.Process | None]:
    """The node itself."""

    def find() -> psutil.Process | None:
        for process in psutil.process_iter():
            try:
                command, environment = process.cmdline(), process.environ()
            except psutil.Error:
                continue
            ours = environment.get("FIELDDAY_SANDBOX") == str(sandbox.layout.root)
            if ours and "sandbox.node" in command and "FIELDDAY_POD_UID" not in environment:
                return process
        return None

    return find
