"""Asking a part whether it does its work."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock

import httpx
import pytest

from sandbox.answers import answer_of, is_well


class Part(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"well")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A part that answers with the status that it is asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Part) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (404, False), (503, False)])
def test_it_is_well_when_it_says_so(url: str, status: int, well: bool) -> None:
    assert is_well(f"{url}/{status}") is well


def test_what_it_says_is_read(url: str) -> None:
    answer = answer_of(f"{url}/200")
    assert answer is not None
    assert answer.text == "well"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/"])
def test_what_does_not_answer_is_not_well(url: str) -> None:
    assert answer_of(url) is None
    assert not is_well(url)


def test_to_ask_often_reads_no_authorities(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which httpx does by itself for each request, 20 ms each time."""
    read = Mock(wraps=ssl.create_default_context)
    monkeypatch.setattr(ssl, "create_default_context", read)
    assert all(is_well(f"{url}/200") for _ in range(3))
    read.assert_not_called()
    # That is where httpx does it.
    assert httpx.get(f"{url}/200", trust_env=False).is_success
    read.assert_called_once()
