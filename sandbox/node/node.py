"""Everything of one node, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.apiclient.api import Api
from sandbox.apiclient.following import follow
from sandbox.apiclient.kubeconfig import load
from sandbox.node import machine
from sandbox.node.context import Tools
from sandbox.node.events import Events
from sandbox.node.images import Images
from sandbox.node.lease import LeaseKeeper
from sandbox.node.logs import LogKeeper
from sandbox.node.pods import Pods
from sandbox.node.registration import Registration
from sandbox.node.server import Server
from sandbox.node.settings import Settings
from sandbox.node.usage import UsageSampler

_COLLECT_SECONDS = 300.0

_log = logging.getLogger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Be a node until `stop`. The pods' processes go on afterwards, as with a kubelet.

    Raises KubeconfigError, OSError (the kubelet API's address is taken, certificates missing).
    """
    cluster = load(settings.kubeconfig)
    settings.state.mkdir(parents=True, exist_ok=True)
    _link_programs(settings)
    capacity = machine.capacity(settings.cpu_factor, settings.max_pods, settings.state)
    api = Api(cluster)
    server_address = urlsplit(cluster.server)
    tools = Tools(
        settings=settings,
        api=api,
        events=Events(api, settings.name),
        images=Images(settings),
        logs=LogKeeper(settings.log_bytes),
        usage=UsageSampler(),
        allocatable=capacity,
        services={
            "KUBERNETES_SERVICE_HOST": server_address.hostname or "",
            "KUBERNETES_SERVICE_PORT": str(server_address.port or 443),
            "KUBERNETES_SERVICE_PORT_HTTPS": str(server_address.port or 443),
        },
    )
    pods = Pods(tools)
    registration = Registration(api, settings, capacity)
    lease = LeaseKeeper(cluster, settings.name)
    server = Server(settings, pods, tools, registration)
    lease.start()
    try:
        await server.start()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work)
                for work in (
                    registration.run(),
                    tools.events.run(),
                    tools.logs.run(),
                    tools.usage.run(),
                    _collect(tools, pods),
                    follow(
                        api,
                        "/api/v1/pods",
                        selector=f"spec.nodeName={settings.name}",
                        listed=pods.listed,
                        changed=pods.changed,
                    ),
                )
            ]
            await stop.wait()
            for task in tasks:
                task.cancel()
    finally:
        lease.stop()
        await pods.close()
        await server.close()
        await api.close()


def _link_programs(settings: Settings) -> None:
    """Put `python` and `python3` where the pods look first."""
    settings.bin.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        link = settings.bin / name
        if link.is_symlink() and link.readlink() == settings.python:
            continue
        new = settings.bin / f".{name}"
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        new.symlink_to(settings.python)
        new.replace(link)


async def _collect(tools: Tools, pods: Pods) -> None:
    """Remove images that nobody has used for long."""
    while True:
        await asyncio.sleep(_COLLECT_SECONDS)
        used = {
            container.state.image_id.rpartition("@")[2]
            for pod in pods.all
            for container in (*pod.init, *pod.containers)
        }
        for gone in await asyncio.to_thread(tools.images.collect, used):
            _log.info("image %s removed: unused", Path(gone).name)
