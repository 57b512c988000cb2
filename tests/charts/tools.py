"""Programs that change the sandbox's cluster, as its administrator."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.charts.rendering import ROOT
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Tool:
    """kubectl or helm, at a real API server."""

    program: Path
    kubeconfig: Path

    def run(self, *arguments: str, given: str = "", check: bool = True) -> str:
        """What it says, errors included."""
        done = subprocess.run(
            [str(self.program), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=120 * PATIENCE,
            check=False,
            cwd=ROOT,
        )
        said = done.stdout + done.stderr
        assert not (check and done.returncode), said
        return said
