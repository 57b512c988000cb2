"""Certificates that others can verify, renewed when they no longer fit."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox import pki
from sandbox.layout import Layout

_BLOCK = "18.7"
_NAMES = tuple(certificate.name for certificate in pki.certificates(_BLOCK))


@pytest.fixture
def made(layout: Layout) -> Layout:
    pki.ensure(layout, _BLOCK)
    return layout


def contents(layout: Layout) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layout.pki.iterdir()}


def changed(layout: Layout, change: Callable[[], object], block: str = _BLOCK) -> set[str]:
    """The files that another `ensure` makes anew after a change."""
    before = contents(layout)
    change()
    pki.ensure(layout, block)
    after = contents(layout)
    assert set(after) == set(before)
    return {name for name in after if after[name] != before[name]}


def of(*names: str) -> set[str]:
    return {f"{name}.{end}" for name in names for end in ("key", "crt")}


def test_nothing_is_made_twice(made: Layout) -> None:
    times = {path: path.stat().st_mtime_ns for path in made.pki.iterdir()}
    assert changed(made, lambda: None) == set()
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_another_address_needs_another_certificate(made: Layout) -> None:
    found = changed(made, lambda: None, block="19.200")
    assert found == of("node") | {"node.names"}


@pytest.mark.parametrize("end", ["key", "crt", "names"])
def test_one_that_is_lost_is_made_again(made: Layout, end: str) -> None:
    assert changed(made, (made.pki / f"etcd.{end}").unlink) == of("etcd")
    assert_a_pair(made, "etcd")


@pytest.mark.parametrize("end", ["key", "crt"])
def test_with_the_authority_everything_is_made_again(made: Layout, end: str) -> None:
    assert changed(made, (made.pki / f"ca.{end}").unlink) == of("ca", *_NAMES)


@pytest.mark.parametrize("name", ["etcd", "ca"])
@pytest.mark.parametrize("end", ["key", "crt"])
def test_a_pair_whose_making_is_cut_short_is_made_again(
    made: Layout, monkeypatch: pytest.MonkeyPatch, name: str, end: str
) -> None:
    (made.pki / f"{name}.{end}").unlink()
    writes: list[Path] = []

    def write_one(path: Path, content: bytes | str) -> None:
        if writes:
            raise KeyboardInterrupt
        writes.append(path)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with monkeypatch.context() as patch:
        patch.setattr(pki, "write", write_one)
        with pytest.raises(KeyboardInterrupt):
            pki.ensure(made, _BLOCK)
    pki.ensure(made, _BLOCK)
    assert_a_pair(made, name)


def assert_a_pair(layout: Layout, name: str) -> None:
    """Assert that the key is the certificate's."""
    key = load_pem_private_key((layout.pki / f"{name}.key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((layout.pki / f"{name}.crt").read_bytes())
    assert key.public_key() == certificate.public_key()


def test_they_outlive_the_machine(made: Layout) -> None:
    # There is nothing that renews them in time.
    paths = list(made.pki.glob("*.crt"))
    assert paths
    for path in paths:
        for certificate in x509.load_pem_x509_certificates(path.read_bytes()):
            assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=20 * 365)
            assert certificate.not_valid_before_utc < datetime.now(UTC)


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("etcd", "127.0.0.1"),
        ("kube-apiserver", "localhost"),
        ("kube-apiserver", "10.96.0.1"),
        ("node", f"127.{_BLOCK}.1"),
    ],
)
@pytest.mark.parametrize("client", ["etcd-client", "kubelet-client"])
def test_each_side_can_verify_the_other(made: Layout, server: str, host: str, client: str) -> None:
    assert (
        handshake(made, server, made, client, host)
        == {
            "etcd-client": "kube-apiserver-etcd-client",
            "kubelet-client": "kube-apiserver-kubelet-client",
        }[client]
    )


def test_another_host_or_another_sandbox_is_not_trusted(made: Layout, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        handshake(made, "etcd", made, "etcd-client", "127.18.7.1")
    other = Layout(tmp_path / "other")
    pki.ensure(other, _BLOCK)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        handshake(other, "etcd", made, "etcd-client", "127.0.0.1")


def handshake(theirs: Layout, server: str, ours: Layout, client: str, host: str) -> str:
    """The client's common name, as the server sees it after both have verified the other."""
    accepting = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=os.fspath(theirs.pki / "ca.crt")
    )
    accepting.verify_mode = ssl.CERT_REQUIRED
    accepting.load_cert_chain(theirs.pki / f"{server}.crt", theirs.pki / f"{server}.key")
    asking = ssl.create_default_context(cafile=os.fspath(ours.pki / "ca.crt"))
    asking.load_cert_chain(ours.pki / f"{client}.crt", ours.pki / f"{client}.key")
    names: list[str] = []
    here, there = socket.socketpair()

    def accept() -> None:
        try:
            with accepting.wrap_socket(there, server_side=True) as secure:
                subject = (secure.getpeercert() or {})["subject"]
                names.extend(value for ((key, value),) in subject if key == "commonName")
                secure.sendall(b".")
        except OSError:
            there.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        with asking.wrap_socket(here, server_hostname=host) as secure:
            assert secure.recv(1) == b"."
    finally:
        here.close()
        thread.join()
    return names[0]
