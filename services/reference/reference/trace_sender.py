"""Whether traces are sent, without what sending them takes where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.settings import Settings

if TYPE_CHECKING:
    from reference.telemetry import Telemetry


def sender(settings: Settings) -> Telemetry | None:
    """What sends traces, where there is somewhere to send them to."""
    if not settings.traces:
        return None
    # Imported here: what only who sends traces should spend, in time and memory.
    from reference.telemetry import Telemetry

    return Telemetry(settings)
