"""Memory and CPU of running containers, sampled; a container over its memory limit is ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.node import process

_TICK_SECONDS = 0.5
# CPU is averaged over so long, as metrics-server does.
_WINDOW_SECONDS = 10.0


@dataclass
class Usage:
    """One running container's use of the machine.

    Memory is the sum of its processes' resident sets: what they share is counted with each, so
    it is an upper bound of what a cgroup would count.
    """

    namespace: str
    pod: str
    container: str
    pid: int
    limit: int
    """Bytes; 0 is none."""
    exceeded: Callable[[], None]
    memory: int = 0
    cpu_seconds: float = 0.0
    cores: float = 0.0
    sampled_at: float = 0.0
    """Unix time of the sample; 0 before the first."""
    _mark: tuple[float, float] = (0.0, 0.0)

    def sample(self) -> None:
        """Look at the container's processes once."""
        self.memory, cpu = process.usage(self.pid)
        # Grandchildren that nobody waited for take their time with them when they go.
        self.cpu_seconds = max(cpu, self.cpu_seconds)
        at = time.monotonic()
        self.sampled_at = time.time()
        began, before = self._mark
        if not began:
            self._mark = at, self.cpu_seconds
        elif at - began >= _WINDOW_SECONDS or not self.cores:
            self.cores = (self.cpu_seconds - before) / max(at - began, 1e-3)
            if at - began >= _WINDOW_SECONDS:
                self._mark = at, self.cpu_seconds
        if 0 < self.limit < self.memory:
            self.exceeded()


class UsageSampler:
    """Samples all running containers."""

    def __init__(self) -> None:
        self._running: dict[int, Usage] = {}

    def add(self, usage: Usage) -> None:
        """A container runs."""
        self._running[usage.pid] = usage

    def remove(self, pid: int) -> None:
        """It has ended."""
        self._running.pop(pid, None)

    @property
    def all(self) -> list[Usage]:
        """Of all running containers."""
        return list(self._running.values())

    async def run(self) -> None:
        """Sample for ever."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            for usage in self.all:
                usage.sample()
