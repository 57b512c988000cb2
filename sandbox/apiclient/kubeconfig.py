"""Read a kubeconfig: where the API server is, and who we are to it."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(Exception):
    """The kubeconfig cannot be read, or lacks something."""


@dataclass(frozen=True)
class Cluster:
    """An API server and our credentials for it."""

    server: str
    """URL without a slash at its end, e.g. `https://127.0.0.1:6443`."""
    tls: ssl.SSLContext
    token: str | None
    certificate_authority: str
    """PEM text; empty when the kubeconfig says not to verify."""


def load(path: Path) -> Cluster:
    """The current context's cluster.

    Raises KubeconfigError: no such file, not a kubeconfig, or no current context.
    """
    try:
        document: Any = yaml.safe_load(path.read_text())
        context = _named(document, "contexts", document["current-context"])["context"]
        cluster = _named(document, "clusters", context["cluster"])["cluster"]
        user = _named(document, "users", context["user"])["user"]
        server = str(cluster["server"]).rstrip("/")
    except (OSError, yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        msg = f"{path}: not a usable kubeconfig ({error!r}). Use one with a current context."
        raise KubeconfigError(msg) from error
    authority = _text(cluster, "certificate-authority", path)
    try:
        return Cluster(server, _tls(cluster, user, authority, path), _token(user), authority)
    except (OSError, ssl.SSLError) as error:
        msg = f"{path}: its certificates cannot be used: {error}. Create the kubeconfig again."
        raise KubeconfigError(msg) from error


def _named(document: Any, kind: str, name: str) -> Any:
    return next(entry for entry in document[kind] if entry["name"] == name)


def _text(section: Any, key: str, kubeconfig: Path) -> str:
    """What `<key>-data` holds or the file under `<key>`; empty when there is neither."""
    if data := section.get(f"{key}-data"):
        return base64.b64decode(data).decode()
    if file := section.get(key):
        return (kubeconfig.parent / str(file)).read_text()
    return ""


def _token(user: Any) -> str | None:
    if token := user.get("token"):
        return str(token)
    if file := user.get("tokenFile"):
        return Path(file).read_text().strip()
    return None


def _tls(cluster: Any, user: Any, authority: str, kubeconfig: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority or None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = _text(user, "client-certificate", kubeconfig)
    if certificate:
        # OpenSSL reads a key from a file only; this one is private and removed at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(certificate + "\n" + _text(user, "client-key", kubeconfig))
            file.flush()
            context.load_cert_chain(file.name)
    return context
