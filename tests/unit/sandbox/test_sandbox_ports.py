"""Ports and secrets: chosen once, remembered, their own; and what is said when they are not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sandbox import ports
from sandbox.errors import SandboxError
from sandbox.layout import Layout
from sandbox.parts.context import Context, Secrets
from sandbox.ports import KUBELET_PORT, NAMES, holder, is_free, refuse_taken, remembered
from sandbox.processes import MARK
from sandbox.up import _refuse_taken_ports
from tests.patience import PATIENCE

_LISTENER = """
import socket, sys
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


class Listener:
    """Another program that listens."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0, **environment: str) -> None:
        command = (sys.executable, "-c", _LISTENER, address, str(port))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def end(self) -> None:
        self.process.communicate(timeout=10 * PATIENCE)


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.end()


def test_ports_are_chosen_once(layout: Layout) -> None:
    first, block = remembered(layout)
    assert set(first.numbers) == set(NAMES)
    assert len(set(first.numbers.values())) == len(NAMES)
    assert all(20_000 <= port < 32_000 for port in first.numbers.values())
    assert remembered(layout) == (first, block)


def test_ports_stay_though_somebody_else_listens_there(layout: Layout) -> None:
    first, _ = remembered(layout)
    with socket.create_server(("127.0.0.1", first["edge"])):
        assert remembered(layout)[0] == first


def test_a_port_that_is_taken_is_not_chosen(layout: Layout) -> None:
    first, block = remembered(layout)
    (layout.root / "ports.json").unlink()
    with (
        socket.create_server(("127.0.0.1", first["edge"])),
        socket.create_server((f"127.{block}.1", KUBELET_PORT)),
    ):
        second, other = remembered(layout)
    assert first["edge"] not in second.numbers.values()
    assert other != block


def test_what_is_new_is_chosen_beside_what_is_remembered(layout: Layout) -> None:
    first, block = remembered(layout)
    path = layout.root / "ports.json"
    path.write_text(json.dumps({"ports": {"edge": first["edge"], "gone": 20_001}, "block": block}))
    second, _ = remembered(layout)
    assert second["edge"] == first["edge"]
    assert set(second.numbers) == {*NAMES, "gone"}
    assert len(set(second.numbers.values())) == len(NAMES) + 1


def test_two_sandboxes_do_not_meet_though_neither_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Layout(Path("/one")), Layout(Path("/other"))
    seeds = [ports._seed(layout) for layout in (one, other, one)]
    assert seeds[0] == seeds[2] != seeds[1]
    # The worst case that is not the very same: neighbours.
    monkeypatch.setattr(ports, "_seed", lambda layout: int(layout.root.name))
    first, block = remembered(Layout(tmp_path / "7"))
    second, other_block = remembered(Layout(tmp_path / "8"))
    assert not set(first.numbers.values()) & set(second.numbers.values())
    assert block != other_block


def test_without_a_free_port_it_is_said(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(ports, "_FIRST", port)
        monkeypatch.setattr(ports, "_LAST", port + 1)
        monkeypatch.setattr(ports, "_STRIDE", 1)
        with pytest.raises(SandboxError, match=f"ports: none is free from {port} .*Stop some"):
            remembered(layout)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"ports": []}',
        '{"ports": {"edge": "x"}}',
        '{"ports": {"edge": 99999}}',
        '{"ports": {"edge": 0}}',
        '{"block": "198.18.7.0"}',
        '{"block": 7}',
    ],
)
def test_damaged_ports_are_said_with_the_mend_and_kept(layout: Layout, content: str) -> None:
    layout.folder(layout.root)
    path = layout.root / "ports.json"
    path.write_text(content)
    with pytest.raises(SandboxError, match=r"ports\.json: is damaged .*make down PURGE=1") as said:
        remembered(layout)
    assert str(path) in str(said.value)
    assert path.read_text() == content


def test_a_taken_port_is_refused_by_part_port_holder_and_mend(
    context: Context, listener: Listener
) -> None:
    taken = Context(
        context.layout,
        ports.Ports({**context.ports.numbers, "edge-proxy": listener.port}),
        context.secrets,
        context.block,
    )
    with pytest.raises(SandboxError) as said:
        _refuse_taken_ports(taken)
    name = psutil.Process(listener.process.pid).name()
    assert str(said.value) == (
        f"edge: its port 127.0.0.1:{listener.port} is taken by process {listener.process.pid} "
        f"({name}). Stop that, or remove {context.layout.root / 'ports.json'} to choose "
        "other ports."
    )


def test_the_sandbox_s_own_listener_is_not_in_its_way(layout: Layout) -> None:
    own = Listener(**{MARK: str(layout.root)})
    refuse_taken([("edge", "127.0.0.1", own.port)], layout)
    with pytest.raises(SandboxError, match="is taken by process"):
        refuse_taken([("edge", "127.0.0.1", own.port)], Layout(layout.root / "another"))
    own.end()


def test_who_listens_on_all_addresses_is_found(listener: Listener) -> None:
    everywhere = Listener("0.0.0.0")  # noqa: S104 - it is about just that
    assert not is_free("127.0.0.1", everywhere.port)
    found = holder("127.0.0.1", everywhere.port)
    assert found is not None
    assert found.pid == everywhere.process.pid
    everywhere.end()
    assert is_free("127.0.0.1", everywhere.port)
    assert holder("127.0.0.1", everywhere.port) is None


# -- secrets -----------------------------------------------------------------------------------


def test_a_secret_is_made_once_for_all_who_ask(layout: Layout) -> None:
    layout.folder(layout.root)
    with ThreadPoolExecutor(8) as pool:
        # Each with a memory of its own, as several processes have.
        found = list(pool.map(lambda n: Secrets(layout)[f"name-{n % 3}"], range(24)))
    assert len(set(found)) == 3
    assert all(len(secret) == 43 for secret in found)
    kept = json.loads((layout.root / "secrets.json").read_text())
    assert set(kept.values()) == set(found)


def test_damaged_secrets_are_said_with_the_mend_and_kept(layout: Layout) -> None:
    layout.folder(layout.root)
    path = layout.root / "secrets.json"
    path.write_text('{"database-superuser": "abc')
    with pytest.raises(SandboxError, match=r"secrets\.json: is damaged .*make down PURGE=1"):
        Secrets(layout)["valkey"]
    assert path.read_text() == '{"database-superuser": "abc'
