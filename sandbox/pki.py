"""The sandbox's certificate authority, its certificates, and the keys of service accounts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.files import write
from sandbox.layout import Layout


@dataclass(frozen=True)
class Certificate:
    """One certificate to keep as `<name>.crt` and `<name>.key`."""

    name: str
    common_name: str
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    """Names and addresses that it is valid for."""


def certificates(block: str) -> tuple[Certificate, ...]:
    """What the parts need."""
    return (
        Certificate("etcd", "etcd"),
        Certificate("etcd-client", "kube-apiserver-etcd-client"),
        Certificate(
            "kube-apiserver",
            "kube-apiserver",
            ("localhost", "127.0.0.1", "kubernetes.default.svc", "10.96.0.1"),
        ),
        Certificate("kube-controller-manager", "kube-controller-manager"),
        Certificate("kube-scheduler", "kube-scheduler"),
        # The API server's own, towards the node and towards the APIs that it passes on to.
        Certificate("kubelet-client", "kube-apiserver-kubelet-client"),
        Certificate("front-proxy", "front-proxy-client"),
        Certificate(
            "node", "system:node:fieldday", (f"127.{block}.1", "fieldday-node.fieldday-system.svc")
        ),
    )


def ensure(layout: Layout, block: str) -> None:
    """Create what is missing in `pki/`. Everything there is readable by its owner only."""
    folder = layout.folder(layout.pki)
    authority = _authority(folder)
    for wanted in certificates(block):
        key, certificate = folder / f"{wanted.name}.key", folder / f"{wanted.name}.crt"
        # The names are in the file's place of its own, since a changed name needs a new one.
        names = folder / f"{wanted.name}.names"
        text = "\n".join((wanted.common_name, *wanted.hosts))
        if key.exists() and certificate.exists() and names.exists() and names.read_text() == text:
            continue
        # Restored last, so that a key never stays beside another key's certificate.
        names.unlink(missing_ok=True)
        made = authority.issue_cert(*wanted.hosts, common_name=wanted.common_name)
        write(key, made.private_key_pem.bytes())
        write(certificate, b"".join(part.bytes() for part in made.cert_chain_pems))
        write(names, text)
    _service_account_key(folder / "service-accounts.key")


def _authority(folder: Path) -> trustme.CA:
    key, certificate = folder / "ca.key", folder / "ca.crt"
    if key.exists() and certificate.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    # Certificates of a lost authority are useless.
    for old in folder.glob("*.names"):
        old.unlink()
    # Nor may an old key stay beside a new certificate.
    key.unlink(missing_ok=True)
    made = trustme.CA(organization_name="FieldDay sandbox")
    write(certificate, made.cert_pem.bytes())
    write(key, made.private_key_pem.bytes())
    return made


def _service_account_key(path: Path) -> None:
    if path.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    write(
        path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    )
