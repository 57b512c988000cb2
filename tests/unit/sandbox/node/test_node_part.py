"""The node as a part of the sandbox: its command, its manifest."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest
import yaml

from sandbox.layout import Layout
from sandbox.node.__main__ import settings_of
from sandbox.parts import node
from sandbox.parts.context import Context


@pytest.fixture
def context(tmp_path: Path) -> Context:
    layout = Layout(tmp_path / "with space")
    layout.pki.mkdir(parents=True)
    (layout.pki / "ca.crt").write_text("PEM")
    ports = Mock(spec=["__getitem__", "url"])
    ports.__getitem__ = lambda _, name: {"registry": 5000}[name]
    ports.url = lambda name: f"http://127.0.0.1/{name}"
    found = Mock(layout=layout, ports=ports, block="18.7", python=Path("/venv/bin/python"))
    return cast("Context", found)


def test_the_command_is_one_that_the_node_understands(context: Context) -> None:
    part = node.part(context)
    settings = settings_of(list(part.command[3:]))
    assert settings.state == context.layout.data / "node"
    assert settings.registry == "127.0.0.1:5000"
    assert settings.wire_ip == node.address(context) == "127.18.7.1"
    assert settings.client_names == node.CLIENT_NAMES


def test_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDDAY_SANDBOX", "/somewhere")
    required = "--kubeconfig k --state-dir s --block 18.7 --tls-cert c --tls-key k --client-ca a"
    found = settings_of([*required.split(), "--client-name", "a", "--client-name", "b"])
    assert found.client_names == ("a", "b")
    assert (found.wire_ip, found.address) == ("127.18.7.1", "198.18.7.1")
    assert found.sandbox == "/somewhere"
    assert found.state.is_absolute()
    assert found.restart_backoff == 10


def test_the_manifest_is_for_this_sandbox(context: Context) -> None:
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(node.manifest(context)))
    by_kind = {document["kind"]: document for document in documents}
    assert by_kind["Service"]["spec"]["externalName"] == "127.18.7.1"
    bundle = by_kind["APIService"]["spec"]["caBundle"]
    assert base64.b64decode(bundle) == b"PEM"


def test_the_node_has_no_right_over_everything(context: Context) -> None:
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(node.manifest(context)))
    roles = [document for document in documents if document["kind"] == "ClusterRole"]
    assert roles
    for role in roles:
        for rule in role["rules"]:
            assert "*" not in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])
