"""Getting a container's image, with the kubelet's reasons while it cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.apiclient.api import Object, pause
from sandbox.node.backoff import BackOff
from sandbox.node.context import PodContext
from sandbox.node.images import Image, NeverPulledError, PullError
from sandbox.node.references import InvalidImageNameError, pull_policy
from sandbox.node.state import Waiting

# How long ErrImagePull is shown before ImagePullBackOff takes its place.
_SHOWN_SECONDS = 1.0


async def pull(
    container: Object, pod: PodContext, stopping: asyncio.Event, waits: Callable[[Waiting], None]
) -> Image | None:
    """The container's image, tried until it is there; None when the pod ends first.

    `waits` is told why it takes long.
    """
    tools, name, text = pod.tools, container["name"], container["image"]
    backoff = BackOff(tools.settings.restart_backoff, tools.settings.backoff_limit)
    policy = pull_policy(container)

    def normal(reason: str, message: str) -> None:
        tools.events.normal(pod.pod, reason, message, name)

    def warning(reason: str, message: str) -> None:
        tools.events.warning(pod.pod, reason, message, name)

    while not stopping.is_set():
        try:
            image, seconds = await tools.images.get(
                text, policy, lambda: normal("Pulling", f'Pulling image "{text}"')
            )
        except InvalidImageNameError as error:
            failed, message = (
                "InvalidImageName",
                f'Failed to apply default image tag "{text}": {error}',
            )
            warning("InspectFailed", message)
            warning("Failed", f"Error: {failed}")
            waits(Waiting(failed, message))
            await stopping.wait()
        except NeverPulledError:
            failed = "ErrImageNeverPull"
            message = f'Container image "{text}" is not present with pull policy of Never'
            warning(failed, message)
            warning("Failed", f"Error: {failed}")
            waits(Waiting(failed, message))
            backoff.next()
            await pause(backoff.next(), stopping)
        except PullError as error:
            message = f'failed to pull image "{text}": {error}'
            warning("Failed", f'Failed to pull image "{text}": {error}')
            warning("Failed", "Error: ErrImagePull")
            waits(Waiting("ErrImagePull", message))
            await pause(_SHOWN_SECONDS, stopping)
            normal("BackOff", f'Back-off pulling image "{text}"')
            warning("Failed", "Error: ImagePullBackOff")
            waits(Waiting("ImagePullBackOff", f'Back-off pulling image "{text}": {message}'))
            await pause(backoff.next() or backoff.next(), stopping)
        else:
            if seconds is None:
                here = f'Container image "{text}" already present on machine'
                normal("Pulled", here)
            else:
                normal("Pulled", f'Successfully pulled image "{text}" in {seconds:.3f}s')
            return image
    return None
