"""What every part gets: paths, ports, secrets, and the pods' address block."""

from __future__ import annotations

import json
import secrets as random
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.files import locked, read_json, write
from sandbox.layout import Layout
from sandbox.ports import Ports, remembered


class Secrets:
    """Passwords and tokens by name, each created on first use, then remembered.

    Kept in `secrets.json`, which only its owner may read. 43 characters, URL-safe.
    """

    def __init__(self, layout: Layout) -> None:
        """Read what is remembered."""
        self._path = layout.root / "secrets.json"
        self._lock = layout.root / "secrets.lock"
        self._guard = threading.Lock()
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """The secret of that name."""
        with self._guard:
            if name not in self._known:
                self._known = self._with(name)
            return self._known[name]

    def _with(self, name: str) -> dict[str, str]:
        # Another process may have created it meanwhile.
        with locked(self._lock):
            known = {str(key): str(value) for key, value in read_json(self._path).items()}
            if name not in known:
                known[name] = random.token_urlsafe(32)
                write(self._path, json.dumps(known, indent=2) + "\n")
        return known


@dataclass(frozen=True)
class Context:
    """One sandbox, as its parts see it."""

    layout: Layout
    ports: Ports
    secrets: Secrets
    block: str
    """The middle of its pods' addresses, e.g. `18.7` for 198.18.7.0/24 and 127.18.7.0/24."""
    python: Path = field(default_factory=lambda: Path(sys.executable))
    """The interpreter of the environment with all of the sandbox's packages."""

    @classmethod
    def of(cls, layout: Layout) -> Context:
        """The context of the sandbox in that folder; missing values are chosen.

        Raises SandboxError: what is remembered is damaged, or no port is free.
        """
        layout.folder(layout.root)
        ports, block = remembered(layout)
        return cls(layout, ports, Secrets(layout), block)
