"""When a component of Airflow counts as ready."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sandbox.layout import Layout
from sandbox.parts.airflow import is_healthy
from sandbox.parts.context import Context, Secrets
from sandbox.ports import Ports

NAME = "airflow-scheduler"
STARTED = 1_800_000_000.0


class Health(BaseHTTPRequestHandler):
    answer: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A sandbox whose Airflow says what `Health.answer` holds."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    layout = Layout(tmp_path)
    (tmp_path / "supervisor").mkdir()
    record = {"pid": 1, "time": STARTED, "fingerprint": ""}
    (tmp_path / "supervisor" / f"{NAME}.started").write_text(json.dumps(record))
    ports = Ports({"airflow": server.server_port})
    yield Context(layout, ports, Secrets(layout), "18.7")
    server.shutdown()
    thread.join()
    server.server_close()


def says(status: str, heartbeat: float) -> dict[str, Any]:
    at = datetime.fromtimestamp(heartbeat, UTC).isoformat()
    return {"scheduler": {"status": status, "latest_scheduler_heartbeat": at}}


@pytest.mark.parametrize(
    ("answer", "is_ready"),
    [
        (says("healthy", STARTED + 1), True),
        (says("healthy", STARTED - 1), False),
        (says("unhealthy", STARTED + 1), False),
        ({"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": None}}, True),
        ({"triggerer": {"status": "healthy"}}, False),
    ],
    ids=["its own heartbeat", "that of the one before", "unhealthy", "none needed", "unknown"],
)
def test_a_heartbeat_counts_that_is_of_this_start(
    context: Context, answer: dict[str, Any], *, is_ready: bool
) -> None:
    Health.answer = answer
    assert is_healthy(context, NAME, "scheduler") is is_ready


def test_one_that_was_never_started_here_is_asked_all_the_same(context: Context) -> None:
    Health.answer = says("healthy", STARTED)
    assert is_healthy(context, "airflow-triggerer", "scheduler")


def test_one_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    context = Context(layout, Ports({"airflow": 1}), Secrets(layout), "18.7")
    assert not is_healthy(context, NAME, "scheduler")
