"""The place of everything that the sandbox creates: one folder, `.sandbox/`, in the checkout."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

# A Unix socket's path may have 107 bytes; the longest name that we put behind `run` has 24.
_LONGEST_RUN_DIR = 80


@dataclass(frozen=True)
class Layout:
    """The paths of one sandbox.

    Every process that belongs to the sandbox carries `FIELDDAY_SANDBOX=<root>` in its
    environment, so that leftovers can be found and stopped.
    """

    root: Path = CHECKOUT / ".sandbox"

    @property
    def bin(self) -> Path:
        """Programs: kube-apiserver, kubectl, helm, crane, ... Kept by `down --purge`."""
        return self.root / "bin"

    @property
    def data(self) -> Path:
        """One folder per part with what must survive a restart. Removed by `down --purge`."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """One log file per part, `<part>.log`."""
        return self.root / "logs"

    @property
    def pki(self) -> Path:
        """The certificate authority, certificates and keys, all mode 0600."""
        return self.root / "pki"

    @property
    def kubeconfigs(self) -> Path:
        """One kubeconfig per role, `<role>.yaml`."""
        return self.root / "kubeconfigs"

    @property
    def reports(self) -> Path:
        """JSON reports and the pages made from them."""
        return self.root / "reports"

    @property
    def sources(self) -> Path:
        """Sources of generated versions, such as the demo's. Removed by a purge."""
        return self.root / "sources"

    @property
    def env_file(self) -> Path:
        """Shell exports to source: KUBECONFIG, AWS_ENDPOINT_URL, PATH, ..."""
        return self.root / "env"

    @property
    def run(self) -> Path:
        """Sockets. Elsewhere when the checkout's path is too long for a socket's address."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= _LONGEST_RUN_DIR:
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        # Not $TMPDIR: a shell with another one must find the same sockets.
        return Path("/tmp", f"fieldday-{digest}")  # noqa: S108 - checked by the supervisor

    def folder(self, path: Path) -> Path:
        """Make `path` for its owner only, and return it."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def layout_from_environment() -> Layout:
    """The sandbox of this checkout, or the one in `FIELDDAY_SANDBOX_ROOT`."""
    root = os.environ.get("FIELDDAY_SANDBOX_ROOT")
    return Layout(Path(root).resolve()) if root else Layout()
