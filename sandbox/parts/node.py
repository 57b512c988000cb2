"""The node: a Kubernetes Node whose pods run as processes of this machine."""

from __future__ import annotations

import base64
import ssl
import string

from sandbox.answers import is_well
from sandbox.kubernetes import apply
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from sandbox.parts.part import Part

NAME = "node"
# The registry's name in the charts; the sandbox's own registry replaces it.
MIRROR = "registry.fieldday.example"
KUBELET_PORT = 10250
# Whose certificates may read logs and metrics: the API server for itself, and for `kubectl top`.
CLIENT_NAMES = ("kube-apiserver-kubelet-client", "front-proxy-client")
# The kubelet's 10 s are slow for people; a restart loop is as visible with this.
_RESTART_BACKOFF_SECONDS = 1
_MANIFEST = CHECKOUT / "sandbox" / "manifests" / "node.yaml"


def address(context: Context) -> str:
    """The node's own address, where its kubelet API listens."""
    return f"127.{context.block}.1"


def part(context: Context) -> Part:
    """The node. Its pods keep running when it exits, and are adopted when it is restarted."""
    layout, pki = context.layout, context.layout.pki
    names = (argument for name in CLIENT_NAMES for argument in ("--client-name", name))
    return Part(
        name=NAME,
        command=(
            *(str(context.python), "-m", "sandbox.node"),
            *("--kubeconfig", str(layout.kubeconfigs / "node.yaml")),
            *("--state-dir", str(layout.data / NAME)),
            *("--block", context.block),
            *("--registry", f"127.0.0.1:{context.ports['registry']}"),
            *("--mirror", MIRROR),
            *("--proxy", context.ports.url("edge-proxy")),
            *("--crane", str(layout.bin / "crane")),
            *("--tls-cert", str(pki / "node.crt")),
            *("--tls-key", str(pki / "node.key")),
            *("--client-ca", str(pki / "ca.crt")),
            *names,
            *("--restart-backoff", str(_RESTART_BACKOFF_SECONDS)),
        ),
        address=f"https://{address(context)}:{KUBELET_PORT}",
        ready=lambda: _is_ready(context),
        needs=("kube-apiserver", "registry"),
        environment={"PYTHONPATH": str(CHECKOUT)},
        directory=CHECKOUT,
        prepare=lambda: _prepare(context),
        usual_seconds=1.5,
        limit_seconds=60,
    )


def manifest(context: Context) -> str:
    """The objects that the node needs in the API, for this sandbox's address and authority."""
    authority = base64.b64encode((context.layout.pki / "ca.crt").read_bytes()).decode()
    template = string.Template(_MANIFEST.read_text())
    # `safe_`: the comments have `${...}` in them, too.
    return template.safe_substitute(address=address(context), authority=authority)


def _prepare(context: Context) -> None:
    """Grant the node its permissions before it requests anything."""
    context.layout.folder(context.layout.data / NAME)
    apply(context, manifest(context))


def _is_ready(context: Context) -> bool:
    try:
        tls = ssl.create_default_context(cafile=str(context.layout.pki / "ca.crt"))
    except OSError:
        return False
    return is_well(f"https://{address(context)}:{KUBELET_PORT}/healthz", tls)
