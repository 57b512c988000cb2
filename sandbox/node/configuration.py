"""Everything between an image and a process: environment, root folder, mounts, command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sandbox.apiclient.api import Object
from sandbox.node import launch, rootfs, volumes
from sandbox.node.context import PodContext
from sandbox.node.downward import ConfigError
from sandbox.node.environment import build
from sandbox.node.images import Image
from sandbox.node.launch import Launch, Root


def root_of(container: Object, folder: Path) -> Root:
    """The root of a container that is kept in `folder`."""
    mounts = tuple(mount["mountPath"] for mount in container.get("volumeMounts") or [])
    return Root(folder / "rootfs", mounts)


async def configure(
    container: Object,
    pod: PodContext,
    folder: Path,
    image: Image,
    warn: Callable[[str, str], None],
) -> tuple[Launch, Root]:
    """Make the container's root anew and say what to start in it.

    `warn` is told, by reason and message, what is left out.
    Raises ConfigError, StartError, ApiError, UnreachableError.
    """
    variables = await build(container, pod.sources, pod.downward, pod.given_environment())
    if variables.skipped:
        names = ", ".join(variables.skipped)
        message = f"Keys [{names}] were skipped since they are no names of variables."
        warn("InvalidEnvironmentVariableNames", message)
    root = root_of(container, folder)
    try:
        await asyncio.to_thread(_make, container, image, root)
        volumes.mount(root.folder, pod.volumes, container.get("volumeMounts") or [])
    except OSError as error:
        raise ConfigError(str(error)) from error
    programs = pod.tools.settings.bin
    return (
        launch.prepare(container, image.config, root, variables.values, pod.marks, programs),
        root,
    )


def _make(container: Object, image: Image, root: Root) -> None:
    working = launch.working_directory(container, image.config)
    # What a variable may stand for is only known later.
    if launch.is_read_only(container) and "$" not in working:
        rootfs.share(image.rootfs, root.folder, (working, *root.mounts))
    else:
        rootfs.make(image.rootfs, root.folder)
