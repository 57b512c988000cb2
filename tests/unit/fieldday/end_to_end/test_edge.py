"""Asking a service through the edge, and the end-to-end tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldday.end_to_end.probe import Edge, NoAnswerError, probe
from fieldday.end_to_end.runner import read_report, run_tests
from fieldday.errors import Permanent


@contextmanager
def edge(answers: list[tuple[int, str, str]]) -> Iterator[Edge]:
    """An edge that gives those answers one after another, the last one again and again."""
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            status, version, track = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("X-Version", version)
            self.send_header("X-Track", track)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Edge(f"http://127.0.0.1:{server.server_port}", "fieldday.localhost")
        assert set(hosts) <= {"api.fieldday.localhost"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


HOST = "api.fieldday.localhost"


def test_hosts() -> None:
    edge = Edge("http://e", "fieldday.example")
    assert edge.host("api", "production") == "api.fieldday.example"
    assert edge.host("api", "staging") == "api.staging.fieldday.example"
    assert edge.host("api", "production", preview=True) == "api-preview.fieldday.example"


def test_the_right_version_is_right() -> None:
    with edge([(200, "2", "stable")]) as at:
        assert probe(at, HOST, tag="2", track="stable") == ""


def test_the_edge_may_need_a_moment() -> None:
    answers = [(503, "", ""), (200, "1", "stable"), (200, "2", "stable")]
    with edge(answers) as at:
        assert probe(at, HOST, tag="2", track="stable") == ""


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((500, "2", "stable"), "GET / returned status 500"),
        ((200, "1", "candidate"), "1 on candidate answers"),
        ((200, "", ""), "an unknown version on an unknown track answers"),
    ],
)
def test_what_is_wrong_is_said(answer: tuple[int, str, str], problem: str) -> None:
    with edge([answer]) as at:
        assert probe(at, HOST, tag="2", track="stable", patience=0) == f"{HOST}: {problem}"


def test_one_wrong_answer_among_right_ones_is_wrong() -> None:
    with edge([(200, "2", "stable")] * 5 + [(200, "1", "stable")]) as at:
        assert "1 on stable answers" in probe(at, HOST, tag="2", track="stable")


def test_no_answer_at_all() -> None:
    at = Edge("http://127.0.0.1:1", "fieldday.localhost")
    with pytest.raises(NoAnswerError, match=r"returned no answer \(ConnectError"):
        probe(at, HOST, tag="2", track="s", patience=0)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "tests" / "e2e"
    folder.mkdir(parents=True)
    (folder / "conftest.py").write_text(
        "def pytest_addoption(parser):\n"
        "    for name in ('base-url', 'domain', 'services', 'installed'):\n"
        "        parser.addoption('--' + name)\n"
    )
    return tmp_path


EDGE = Edge("http://127.0.0.1:1", "fieldday.localhost")


def test_end_to_end_tests_are_counted(checkout: Path) -> None:
    (checkout / "tests" / "e2e" / "test_it.py").write_text(
        "import pytest\n"
        "def test_options(request):\n"
        "    option = request.config.getoption\n"
        "    assert option('--base-url') == 'http://127.0.0.1:1'\n"
        "    assert option('--domain') == 'staging.fieldday.localhost'\n"
        "    assert option('--services') == 'auth,api'\n"
        "    assert option('--installed') == 'api,auth'\n"
        "def test_bad():\n"
        "    assert 'broken' == 'whole'\n"
        "@pytest.mark.skip(reason='not now')\n"
        "def test_skipped(): ...\n"
    )
    summary = run_tests(checkout, EDGE, "staging", ["auth", "api"], {"auth", "api"})
    assert (summary.passed, summary.failed, summary.skipped) == (1, 1, 1)
    assert summary.failures[0].startswith("test_bad: AssertionError")
    assert "1 passed, 1 failed, 1 skipped in" in str(summary)
    assert summary.to_dict()["failures"] == list(summary.failures)


def test_no_tests_are_not_a_pass(checkout: Path) -> None:
    with pytest.raises(Permanent, match="pytest exited with 5"):
        run_tests(checkout, EDGE, "production", ["api"], ["api"])


def test_errors_count_as_failures() -> None:
    xml = (
        '<testsuites><testsuite time="1.5"><testcase name="a"><error/></testcase>'
        '<testcase name="b"/></testsuite></testsuites>'
    )
    summary = read_report(xml)
    assert (summary.passed, summary.failed, summary.seconds) == (1, 1, 1.5)
    assert summary.failures == ("a: ",)
