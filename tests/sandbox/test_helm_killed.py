"""A Helm upgrade that is killed between the two writes that supersede and deploy."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil
import pytest
import yaml

from fieldday.errors import FieldDayError
from fieldday.releases.helm import Helm
from fieldday.releases.rollout import Upgrade
from fieldday.releases.state import Phase, Record, Version
from sandbox.kubernetes import kubeconfig, kubectl
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from tests.patience import PATIENCE

pytestmark = pytest.mark.sandbox

SERVICE = "calendar"
REVISIONS = 10  # Helm lists the tenth before the ninth


class KillingProxy(BaseHTTPRequestHandler):
    """Forwards to the API server, and kills helm once it has marked a revision as superseded."""

    protocol_version = "HTTP/1.1"
    upstream: str
    token: str
    tls: ssl.SSLContext
    killed: threading.Event

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        # helm sends no token where there is no TLS.
        headers |= {"Accept-Encoding": "identity", "Authorization": f"Bearer {self.token}"}
        url = self.upstream + self.path
        request = urllib.request.Request(url, body or None, headers, method=self.command)  # noqa: S310
        try:
            answer = urllib.request.urlopen(request, timeout=30 * PATIENCE, context=self.tls)  # noqa: S310
        except HTTPError as e:
            answer = e
        content = answer.read()
        if self.command in ("PUT", "PATCH") and b"superseded" in body:
            for child in psutil.Process().children(recursive=True):
                if child.name() == "helm":
                    child.kill()
                    self.killed.set()
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def helm(sandbox: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Helm]:
    """The library's Helm as the release pipeline has it; what it installed is gone afterwards."""
    monkeypatch.setenv("PATH", str(sandbox.layout.bin), prepend=":")
    env = {"KUBECONFIG": str(kubeconfig(sandbox, "releaser"))}
    found = Helm(CHECKOUT / "helm", "production", ("sandbox",), env)
    yield found
    found.uninstall(SERVICE, "the test is over")


@pytest.fixture
def killing(sandbox: Context, tmp_path: Path) -> Iterator[tuple[Path, threading.Event]]:
    """A kubeconfig that leads through the proxy, and whether it has killed helm."""
    config = yaml.safe_load(kubeconfig(sandbox, "releaser").read_text())
    cluster = config["clusters"][0]["cluster"]
    handler = type("Proxy", (KillingProxy,), {})
    handler.upstream = cluster.pop("server")
    handler.token = config["users"][0]["user"]["token"]
    handler.tls = ssl.create_default_context(cafile=str(sandbox.layout.pki / "ca.crt"))
    handler.killed = threading.Event()
    del cluster["certificate-authority-data"]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        cluster["server"] = f"http://127.0.0.1:{server.server_address[1]}"
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(config))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield path, handler.killed
        server.shutdown()


def change(tag: str, run: str) -> Upgrade:
    return Upgrade(Record(Phase.ROLL, run, f"to {tag}"), Version(tag))


def test_a_service_whose_upgrade_was_killed_stays(
    sandbox: Context, helm: Helm, killing: tuple[Path, threading.Event]
) -> None:
    for number in range(1, REVISIONS + 1):
        helm.apply(SERVICE, change(f"1.{number}.0", f"run-{number}"))
    path, killed = killing
    through = Helm(helm.charts, helm.environment, helm.overlays, {"KUBECONFIG": str(path)})
    with pytest.raises(FieldDayError):
        through.apply(SERVICE, change("2.0.0", "run-killed"))
    assert killed.is_set()
    statuses = [revision.status for revision in helm.history(SERVICE)]
    assert statuses == ["superseded"] * REVISIONS + ["pending-upgrade"]
    assert helm.read(SERVICE, "run-killed").broken

    said = helm.heal(SERVICE)

    assert said.startswith(f"rolled back to revision {REVISIONS},")
    state = helm.read(SERVICE, "run-next")
    assert state.stable == Version(f"1.{REVISIONS}.0")
    names = kubectl(
        sandbox, "get", "deployment", f"fieldday-{SERVICE}", "-n", "production", "-o", "json"
    )
    labels = json.loads(names)["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == f"1.{REVISIONS}.0"
    helm.apply(SERVICE, change("2.0.1", "run-next"))
    assert helm.read(SERVICE, "run-next").stable == Version("2.0.1")
