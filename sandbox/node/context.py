"""What the pods of one node share, and what the containers of one pod share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.apiclient.api import Api, Object
from sandbox.node.downward import Downward
from sandbox.node.events import Events
from sandbox.node.images import Images
from sandbox.node.logs import LogKeeper
from sandbox.node.settings import Settings
from sandbox.node.sources import Sources
from sandbox.node.usage import UsageSampler


@dataclass(frozen=True)
class Tools:
    """One node's."""

    settings: Settings
    api: Api
    events: Events
    images: Images
    logs: LogKeeper
    usage: UsageSampler
    allocatable: Object
    services: Mapping[str, str]
    """The variables that tell every container of a cluster where the API is."""


@dataclass
class PodContext:
    """One pod's."""

    tools: Tools
    pod: Object
    """As the API last showed it."""
    folder: Path
    pod_ip: str
    wire_ip: str

    @property
    def uid(self) -> str:
        """The pod's uid."""
        return str(self.pod["metadata"]["uid"])

    @property
    def volumes(self) -> Path:
        """One folder a volume."""
        return self.folder / "volumes"

    @property
    def sources(self) -> Sources:
        """What the pod may read from the API."""
        return Sources(self.tools.api, self.pod)

    @property
    def downward(self) -> Downward:
        """What the pod may be told of itself."""
        settings = self.tools.settings
        return Downward(self.pod, self.wire_ip, settings.wire_ip, self.tools.allocatable)

    @property
    def marks(self) -> dict[str, str]:
        """By which the pod's processes are found, whatever happens to the node."""
        return {"FIELDDAY_SANDBOX": self.tools.settings.sandbox, "FIELDDAY_POD_UID": self.uid}

    def given_environment(self) -> dict[str, str]:
        """Variables that a container finds unless it sets its own."""
        proxy = self.tools.settings.proxy
        given = {**self.tools.services, "HOSTNAME": self.pod["metadata"]["name"]}
        if proxy:
            for name in ("HTTP_PROXY", "http_proxy"):
                given[name] = proxy
            for name in ("NO_PROXY", "no_proxy"):
                given[name] = "127.0.0.0/8,localhost"
        return given
