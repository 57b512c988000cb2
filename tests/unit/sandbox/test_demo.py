"""What the demo counts, the versions that it makes, and the report that it leaves."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldday.catalog import load
from sandbox.demo import report, versions
from sandbox.demo.airflow import until
from sandbox.demo.services import SERVICES
from sandbox.demo.traffic import Answer, Request, Traffic, account, reads_and_writes
from sandbox.layout import Layout

OLD, NEW = "1.0.0", "1.1.0"


def test_what_a_bad_version_answers_is_exposed_and_not_lost() -> None:
    answers = [
        Answer(10.0, 200, OLD),
        Answer(11.0, 200, NEW),
        Answer(12.0, 500, NEW),
        Answer(15.5, 200, NEW),
        Answer(16.0, 200, OLD),
    ]
    met = account(answers, NEW)
    assert (met.requests, met.failed, met.exposed, met.bad) == (5, 0, 3, 1)
    assert met.restored_seconds == 3.5


def test_what_others_answer_badly_or_nobody_answers_is_lost() -> None:
    answers = [
        Answer(1.0, 503, ""),
        Answer(2.0, 500, OLD),
        Answer(3.0, 0, "", "ReadError: gone"),
        Answer(4.0, 404, OLD),
        Answer(5.0, 201, OLD),
    ]
    met = account(answers, NEW)
    assert (met.failed, met.exposed, met.restored_seconds) == (4, 0, 0.0)
    assert met.problems == (
        "ReadError: gone",
        "status 404 by 1.0.0",
        "status 500 by 1.0.0",
        "status 503 by the edge",
    )


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(201 if self.command == "POST" else 200)
        self.send_header("X-Version", str(self.headers["Host"]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class _Server(ThreadingHTTPServer):
    # Of all connections that are made at once, Python's five would leave some to be lost.
    request_queue_size = 128
    # Keep-alive connections end with the client's.
    daemon_threads = True


def test_traffic_accounts_for_every_request() -> None:
    with _Server(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with Traffic(url, "api.example", rate=200) as traffic:
            _await_answers(traffic, 50)
        server.shutdown()
        thread.join()
    assert {(a.status, a.version) for a in traffic.answers} == {
        (200, "api.example"),
        (201, "api.example"),
    }


def test_traffic_says_why_no_answer_came() -> None:
    with _Server(("127.0.0.1", 0), _Service) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
    with Traffic(url, "api.example", rate=200) as traffic:
        _await_answers(traffic, 5)
    assert all(a.status == 0 and ": ConnectError" in a.problem for a in traffic.answers)


class _Breaking(_Service):
    """Breaks off every other request, on a connection that it had kept open."""

    is_second = False

    def _answer(self) -> None:
        if self.is_second:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.is_second = True
        super()._answer()

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_traffic_repeats_nothing_that_is_broken_off(method: str) -> None:
    with _Server(("127.0.0.1", 0), _Breaking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with Traffic(url, "api.example", 200, lambda _: Request(method, "/")) as traffic:
            _await_answers(traffic, 50)
        server.shutdown()
        thread.join()
    assert traffic.sent == len(traffic.answers)
    lost = [answer for answer in traffic.answers if not answer.is_good]
    assert all(a.problem.startswith(f"{method}: RemoteProtocolError") for a in lost)
    # One connection may be new at the end.
    connections = 16
    assert abs(2 * len(lost) - traffic.sent) <= connections


def test_users_read_three_times_as_often_as_they_write() -> None:
    methods = [reads_and_writes(number).method for number in range(100)]
    assert (methods.count("POST"), methods.count("GET")) == (25, 75)


def _await_answers(traffic: Traffic, count: int) -> None:
    assert until(lambda: len(traffic.answers) >= count, 20)


def test_the_demos_services_are_the_catalogues_and_call_each_other() -> None:
    catalog = load()
    assert set(SERVICES) <= set(catalog.names)
    assert any(set(catalog[name].depends_on) & set(SERVICES) for name in SERVICES)


def test_a_bad_version_is_bad_in_production_only(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    folder = versions.make(layout, NEW, {"error_rate": 0.05})
    faults = json.loads((folder / "reference" / "faults.json").read_text())
    assert faults == {"error_rate": 0.05, "environments": ["production"]}
    assert (folder / "Dockerfile").is_file()
    assert not list(folder.rglob("*.pyc"))


def test_a_version_made_again_is_whole(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    versions.make(layout, NEW, {"error_rate": 0.05})
    folder = versions.make(layout, NEW)
    assert not (folder / "reference" / "faults.json").exists()
    assert [path.name for path in layout.sources.iterdir()] == [NEW]


def test_the_report_has_the_promised_shape(tmp_path: Path) -> None:
    line = report.Line("api", NEW, "promoted", 1234, 0, 600, 0.0, "")
    report.save(Layout(tmp_path), 95.04, cold=False, lines=[line])
    assert json.loads((tmp_path / "reports" / "demo.json").read_text()) == {
        "seconds": 95.0,
        "cold": False,
        "releases": [
            {
                "service": "api",
                "version": NEW,
                "outcome": "promoted",
                "requests": 1234,
                "failed": 0,
                "exposed": 600,
                "restored_seconds": 0.0,
            }
        ],
    }
