"""How late the event loop is: what blocks it, delays every request."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from reference.metrics import Metrics

INTERVAL_SECONDS = 0.5


async def watch(metrics: Metrics, interval: float = INTERVAL_SECONDS) -> NoReturn:
    """Measure the lag, again and again, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        metrics.event_loop_lagged(loop.time() - due)
