"""Programs of the official release: verified, in time, or not taken."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.steps import Cancellation, Cancelled
from sandbox.toolchain import sources
from sandbox.toolchain.versions import KUBERNETES

NAMES = ("kube-apiserver", "kube-scheduler")
CONTENT = {name: f"#!/bin/sh\necho {name}\n".encode() * 1000 for name in NAMES}


class Release(ThreadingHTTPServer):
    """The release site; a test changes what it has and how it answers."""

    # A slow answer must not keep the test from ending.
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        base = f"/{KUBERNETES}/bin/linux/amd64"
        self.files = {f"{base}/{name}": content for name, content in CONTENT.items()}
        self.files |= {
            f"{base}/{name}.sha256": hashlib.sha256(content).hexdigest().encode() + b"\n"
            for name, content in CONTENT.items()
        }
        self.base = base
        self.asked: list[str] = []
        self.pace: Callable[[str], float] = lambda _: 0.0
        """Seconds before each byte of a file."""
        self.silent = threading.Event()
        self.ended = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Be quiet about clients that go away: that is what they are to do."""


class _Handler(BaseHTTPRequestHandler):
    server: Release

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.server.asked.append(f"{self.command} {self.path.rpartition('/')[2]}")
        if self.server.silent.is_set():
            self.server.ended.wait()
            return
        content = self.server.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        pace = self.server.pace(self.path)
        if with_body and not pace:
            self.wfile.write(content or b"")
        elif with_body:
            for byte in content or b"":
                if self.server.ended.wait(pace):
                    return
                self.wfile.write(bytes([byte]))

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    server = Release()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(sources, "_RELEASES", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(sources, "system", lambda: ("linux", "amd64"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield server
    server.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(into: Path, cancellation: Cancellation | None = None) -> tuple[bool, list[str]]:
    """Whether the release was had, and what was said meanwhile."""
    said: list[str] = []
    return sources.from_release(NAMES, into, said.append, cancellation or Cancellation()), said


def test_the_release_is_fetched_and_verified(release: Release, tmp_path: Path) -> None:
    found, said = fetch(tmp_path)
    assert found
    assert said == ["fetching kube-apiserver", "fetching kube-scheduler"]
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == CONTENT[name]
        assert os.access(tmp_path / name, os.X_OK)
    assert {path.name for path in tmp_path.iterdir()} == set(NAMES)


@pytest.mark.parametrize(
    "published",
    [b"0" * 64, b"", b"<html>Log in to this network</html>", None],
    ids=["another", "empty", "a page", "missing"],
)
def test_a_program_without_its_checksum_is_not_used(
    release: Release, tmp_path: Path, published: bytes | None
) -> None:
    path = f"{release.base}/{NAMES[1]}.sha256"
    release.files[path] = published or b""
    if published is None:
        del release.files[path]
    found, said = fetch(tmp_path)
    assert not found
    assert said[-1].startswith("the release cannot be had (")
    # Not the first either, whose checksum was right.
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_release_nothing_is_fetched(release: Release, tmp_path: Path) -> None:
    release.files.clear()
    assert fetch(tmp_path) == (False, [])
    assert release.asked == [f"HEAD {NAMES[0]}.sha256"]


def test_a_site_that_never_answers_is_given_up(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_REACH_SECONDS", 0.2)
    release.silent.set()
    assert fetch(tmp_path) == (False, [])


def test_a_site_that_falls_silent_is_given_up(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_READ_SECONDS", 0.2)
    release.pace = lambda path: 0.0 if path.endswith(".sha256") else 600.0
    found, said = fetch(tmp_path)
    assert not found
    assert said[-1] == "the release cannot be had (ReadTimeout)"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["", ".sha256"], ids=["program", "checksum"])
def test_a_site_that_drips_is_given_up(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(sources, "_DOWNLOAD_SECONDS", 0.3)
    # Never silent for long, and not done for an hour.
    wanted = f"{NAMES[0]}{end}"
    release.files[f"{release.base}/{NAMES[0]}.sha256"] = b"0" * 100_000
    release.pace = lambda path: 0.05 if path.endswith(wanted) else 0.0
    found, said = fetch(tmp_path)
    assert not found
    assert said[-1] == "the release cannot be had (ReadTimeout)"


def test_a_download_ends_when_it_is_cancelled(release: Release, tmp_path: Path) -> None:
    release.pace = lambda path: 0.0 if path.endswith(".sha256") else 0.05
    cancellation = Cancellation()

    def say(text: str) -> None:
        if text == f"fetching {NAMES[0]}":
            cancellation.cancel()

    with pytest.raises(Cancelled):
        sources.from_release(NAMES, tmp_path, say, cancellation)


def test_nobody_listens(tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_RELEASES", "http://127.0.0.1:1")
    assert fetch(tmp_path) == (False, [])


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://[", "127.0.0.1:x", "ftp://x"])
def test_a_proxy_that_cannot_be_used_is_as_good_as_no_network(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    assert fetch(tmp_path) == (False, [])
