"""A sampling profiler of the event loop's thread, for a while and on demand.

It costs nothing until it is asked for: not even its library, pyinstrument, is loaded before.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyinstrument
    from pyinstrument.session import Session

# Between two samples: a hundredth of a second shows what takes milliseconds a request.
INTERVAL_SECONDS = 0.01

Form = Literal["text", "html", "speedscope"]


class BusyError(Exception):
    """A profile is being taken. seconds: until it ends."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class Profiler:
    """One a process, as it hooks into the interpreter."""

    _running: pyinstrument.Profiler | None = field(default=None, init=False)
    _ends: float = field(default=0.0, init=False)
    _starting: bool = field(default=False, init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _last: Session | None = field(default=None, init=False)

    async def start(self, seconds: float, of: str) -> None:
        """Take a profile, which ends by itself after so long. of: its title. Raises BusyError."""
        if self._starting or self._running is not None:
            raise BusyError(max(self._ends - time.monotonic(), 1.0))
        self._starting = True
        try:
            # In a thread: loading it takes longer than a request.
            library: Any = await asyncio.to_thread(importlib.import_module, "pyinstrument")
            # All of the thread, whichever task runs; by its own thread's clock, as asking the
            # system for the time at each call is what would cost most.
            profiler = library.Profiler(
                interval=INTERVAL_SECONDS, async_mode="disabled", use_timing_thread=True
            )
            profiler.start(target_description=of)
        finally:
            self._starting = False
        self._running = profiler
        self._ends = time.monotonic() + seconds
        self._timer = asyncio.get_running_loop().call_later(seconds, self.stop)

    def stop(self) -> None:
        """End the profile that is being taken, if any, and keep it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._running is not None:
            self._last = self._running.stop()
            self._running = None

    @property
    def is_running(self) -> bool:
        """Whether a profile is being taken."""
        return self._running is not None

    async def last(self, form: Form) -> str | None:
        """The last profile that ended; None: none did."""
        if self._last is None:
            return None
        # In a thread: a long profile takes longer to draw than requests should wait.
        return await asyncio.to_thread(_drawn, self._last, form)


def _drawn(session: Session, form: Form) -> str:
    from pyinstrument import renderers

    if form == "html":
        return str(renderers.HTMLRenderer().render(session))
    if form == "speedscope":
        return str(renderers.SpeedscopeRenderer().render(session))
    return str(renderers.ConsoleRenderer(unicode=True, color=False).render(session))
