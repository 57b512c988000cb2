"""The edge: entry of users' requests, and proxy for pods' requests to Services."""

from __future__ import annotations

from sandbox.answers import is_well
from sandbox.kubernetes import apply, kubeconfig
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from sandbox.parts.part import Part

NAME = "edge"
_MANIFEST = CHECKOUT / "sandbox" / "manifests" / "edge.yaml"


def part(context: Context) -> Part:
    """HAProxy and its controller on three ports of 127.0.0.1."""
    directory = context.layout.data / NAME
    return Part(
        name=NAME,
        command=(
            *(str(context.python), "-m", "sandbox.edge"),
            *("--kubeconfig", str(kubeconfig(context, NAME))),
            *("--directory", str(directory)),
            *("--edge-port", str(context.ports["edge"])),
            *("--proxy-port", str(context.ports["edge-proxy"])),
            *("--metrics-port", str(context.ports["edge-metrics"])),
        ),
        address=context.ports.url("edge"),
        ready=lambda: _is_ready(context),
        needs=("kube-apiserver",),
        environment={"PYTHONPATH": str(CHECKOUT)},
        directory=CHECKOUT,
        prepare=lambda: _prepare(context),
        usual_seconds=1.5,
        limit_seconds=30,
    )


def _prepare(context: Context) -> None:
    context.layout.folder(context.layout.data / NAME)
    apply(context, _MANIFEST.read_text())


def _is_ready(context: Context) -> bool:
    return is_well(f"{context.ports.url('edge-metrics')}/ready")
