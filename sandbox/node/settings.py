"""How one node is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.addresses import api

KUBELET_PORT = 10250


@dataclass(frozen=True)
class Settings:
    """One field an option of `python -m sandbox.node`."""

    kubeconfig: Path
    state: Path
    """Folder for pods, logs and images; outlives a restart."""
    block: str
    """Pod addresses: `18.7` for 198.18.7.0/24, 127.18.7.0/24 on the wire."""
    tls_cert: Path
    tls_key: Path
    client_ca: Path
    """Certificates of the authorities that the API server's client certificates come from."""
    client_names: tuple[str, ...]
    """Common names of the client certificates that may read logs and metrics."""
    name: str = "fieldday"
    registry: str = ""
    """Where `mirror`'s images are pulled from, `127.0.0.1:5000`."""
    mirror: str = ""
    """Registry name that `registry` stands for, like a mirror of containerd's."""
    proxy: str = ""
    """HTTP proxy given to the pods: there is no DNS for Services here."""
    python: Path = Path("/usr/bin/python3")
    """What the pods find as `python` and `python3`."""
    crane: str = "crane"
    sandbox: str = ""
    """Marker of all processes, `FIELDDAY_SANDBOX`."""
    cpu_factor: int = 4
    """The node offers this many times the machine's cores, so that small requests fit. CPU
    limits are not enforced, so nothing else comes of it."""
    max_pods: int = 200
    restart_backoff: float = 10.0
    """Seconds before the second restart of a failing container; doubles up to `backoff_limit`."""
    backoff_limit: float = 300.0
    image_cache: int = 24
    """How many unused images are kept."""
    log_bytes: int = 10 * 2**20
    """Size at which the older half of a container's log is dropped."""

    @property
    def wire_ip(self) -> str:
        """The node's own address, where its kubelet API listens."""
        return f"127.{self.block}.1"

    @property
    def address(self) -> str:
        """The same, as pods' addresses are written in the API."""
        return api(self.wire_ip)

    @property
    def pods(self) -> Path:
        """One folder a pod, by uid."""
        return self.state / "pods"

    @property
    def images(self) -> Path:
        """One folder an unpacked image, by digest."""
        return self.state / "images"

    @property
    def bin(self) -> Path:
        """What the pods have on their PATH first."""
        return self.state / "bin"
