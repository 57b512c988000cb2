"""The image registry that releases are pushed to and the node pulls from."""

from __future__ import annotations

from sandbox.answers import is_well
from sandbox.layout import CHECKOUT
from sandbox.parts.context import Context
from sandbox.parts.part import Part

NAME = "registry"


def part(context: Context) -> Part:
    """The registry on its port of 127.0.0.1; tags and images survive a restart and a kill."""
    address = f"127.0.0.1:{context.ports[NAME]}"
    data = context.layout.data / NAME
    return Part(
        name=NAME,
        command=(
            *(str(context.python), "-m", "sandbox.registry"),
            *("--directory", str(data), "--address", address),
        ),
        address=address,
        ready=lambda: _is_ready(context),
        environment={"PYTHONPATH": str(CHECKOUT)},
        directory=CHECKOUT,
        prepare=lambda: _prepare(context),
        usual_seconds=0.6,
    )


def _prepare(context: Context) -> None:
    context.layout.folder(context.layout.data / NAME)


def _is_ready(context: Context) -> bool:
    return is_well(f"{context.ports.url(NAME)}/v2/")
