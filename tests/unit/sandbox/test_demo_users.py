"""The demo's users, against a stand-in for `auth` behind an edge."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from sandbox.demo.users import sign_up
from sandbox.errors import SandboxError


class _Auth(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str, str, str, dict[str, str]]]
    status: int

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.client_address[0], self.headers["Host"], self.path, body))
        content = json.dumps({"access_token": f"token-{len(self.seen)}"}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def auth() -> Iterator[http.server.HTTPServer]:
    _Auth.seen, _Auth.status = [], 201
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Auth) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_each_has_an_address_and_a_token_of_their_own(auth: http.server.HTTPServer) -> None:
    users = sign_up(f"http://127.0.0.1:{auth.server_port}", "fieldday.localhost", 2)
    assert [user.headers["Authorization"] for user in users] == ["Bearer token-2", "Bearer token-4"]
    for user, (up, signed_in) in zip(users, (_Auth.seen[:2], _Auth.seen[2:]), strict=True):
        assert up[:3] == (user.address, "auth.fieldday.localhost", "/v1/users")
        assert signed_in[:3] == (user.address, "auth.fieldday.localhost", "/v1/token")
        assert up[3]["email"] == signed_in[3]["username"]
    assert users[0].address != users[1].address
    assert "token" not in repr(users[0])


def test_a_refusal_is_said(auth: http.server.HTTPServer) -> None:
    _Auth.status = 429
    with pytest.raises(SandboxError, match=r"auth: POST /v1/users failed: .*429"):
        sign_up(f"http://127.0.0.1:{auth.server_port}", "fieldday.localhost", 1)
